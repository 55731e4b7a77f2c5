//! What the columns of a customer file mean, by their headers in Chinese or English.

/// What a column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Name,
    /// With the label the contact point gets.
    Phone(&'static str),
    Email,
    Organisation,
    Tier,
    Language,
    Tags,
    Notes,
    /// A date with its label.
    Date(&'static str),
    /// Not one of ours: told in the report, not read.
    Unknown,
}

/// Headers as people write them: lower case, without spaces, underscores and hyphens.
const HEADERS: &[(Column, &[&str])] = &[
    (
        Column::Name,
        &[
            "name",
            "fullname",
            "customer",
            "customername",
            "contactname",
            "姓名",
            "名字",
            "客户",
            "客户姓名",
            "客户名称",
            "联系人",
        ],
    ),
    (
        Column::Phone(""),
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "number",
            "phone1",
            "phone2",
            "phone3",
            "电话",
            "电话号码",
            "联系电话",
            "联系方式",
            "电话1",
            "电话2",
            "电话3",
        ],
    ),
    (
        Column::Phone("mobile"),
        &["mobile", "mobilephone", "cell", "cellphone", "手机", "手机号", "手机号码", "移动电话"],
    ),
    (Column::Phone("home"), &["home", "homephone", "家庭电话", "住宅电话"]),
    (
        Column::Phone("work"),
        &["work", "workphone", "office", "officephone", "businessphone", "办公电话", "单位电话", "公司电话"],
    ),
    (Column::Email, &["email", "mail", "emailaddress", "邮箱", "电子邮箱", "电子邮件", "邮件"]),
    (Column::Organisation, &["organisation", "organization", "company", "公司", "公司名称", "单位", "机构"]),
    (Column::Tier, &["tier", "level", "vip", "viplevel", "等级", "级别", "会员等级", "客户等级", "客户级别"]),
    (Column::Language, &["language", "lang", "语言", "语种"]),
    (Column::Tags, &["tags", "tag", "labels", "标签"]),
    (Column::Notes, &["notes", "note", "remark", "remarks", "comment", "comments", "备注", "说明"]),
    (Column::Date("birthday"), &["birthday", "birthdate", "dateofbirth", "dob", "生日", "出生日期"]),
    (
        Column::Date("wedding anniversary"),
        &["anniversary", "weddinganniversary", "weddingday", "纪念日", "结婚纪念日", "结婚日期"],
    ),
];

impl Column {
    pub fn of(header: &str) -> Self {
        let plain: String = header.chars().filter(|c| !c.is_whitespace() && !"_-*:：()（）".contains(*c)).collect();
        let plain = plain.to_lowercase();
        let known = HEADERS.iter().find(|(_, names)| names.contains(&plain.as_str()));
        known.map_or(Self::Unknown, |(column, _)| column.clone())
    }
}

/// `zh` or `en` for what people write; other BCP 47 tags as they are.
pub(super) fn language(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let known = match lower.as_str() {
        "" => return None,
        "中文" | "汉语" | "普通话" | "国语" | "chinese" | "mandarin" | "zh" | "cn" | "zh-cn" | "zh_cn" => "zh",
        "英文" | "英语" | "english" | "en" | "en-us" | "en-gb" => "en",
        other => other,
    };
    Some(known.to_owned())
}

/// `2014-10-02` or `05-17` from `2014/10/2`, `2014年10月2日`, `5月17日`, `5-17`. Day before month is not
/// guessed at.
pub(super) fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let number = |part: &&str| part.parse::<i16>().ok();
    let two = |part: &&str| number(part).and_then(|value| i8::try_from(value).ok());
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            jiff::civil::Date::new(number(year)?, two(month)?, two(day)?).ok().map(|date| date.to_string())
        }
        // Any leap year will do: 29 February is a birthday too.
        [month, day] => {
            let date = jiff::civil::Date::new(2000, two(month)?, two(day)?).ok()?;
            Some(format!("{:02}-{:02}", date.month(), date.day()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_both_languages() {
        for (header, column) in [
            ("Full Name", Column::Name),
            (" 客户姓名 ", Column::Name),
            ("手机号码", Column::Phone("mobile")),
            ("Phone_Number", Column::Phone("")),
            ("E-Mail", Column::Email),
            ("会员等级", Column::Tier),
            ("结婚纪念日", Column::Date("wedding anniversary")),
            ("shoe size", Column::Unknown),
        ] {
            assert_eq!(Column::of(header), column, "{header}");
        }
    }

    #[test]
    fn dates_and_languages_as_people_write_them() {
        for (text, read) in [
            ("2014-10-02", Some("2014-10-02")),
            ("2014/10/2", Some("2014-10-02")),
            ("2014年10月2日", Some("2014-10-02")),
            ("5月17日", Some("05-17")),
            ("2-29", Some("02-29")),
            ("2014-13-02", None),
            ("17.5.1980", None),
            ("soon", None),
        ] {
            assert_eq!(date(text).as_deref(), read, "{text}");
        }
        assert_eq!(language("普通话").as_deref(), Some("zh"));
        assert_eq!(language("English").as_deref(), Some("en"));
        assert_eq!(language("fr").as_deref(), Some("fr"));
        assert_eq!(language(" "), None);
    }
}
