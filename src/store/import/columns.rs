//! What the columns of a customer file mean, by their headers in Chinese or English.

use super::tidy::is_blank;
use crate::base::slip;

/// What a column holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Name,
    /// Parts of a name, put together where there is no whole one.
    Given,
    Middle,
    Family,
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
            "客户名",
            "联系人",
            "联系人姓名",
            "顾客姓名",
        ],
    ),
    (Column::Given, &["firstname", "givenname", "forename", "名"]),
    (Column::Middle, &["middlename"]),
    (Column::Family, &["lastname", "surname", "familyname", "姓", "姓氏"]),
    (
        Column::Phone(""),
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "number",
            "phones",
            "primaryphone",
            "mainphone",
            "otherphone",
            "telefon",
            "电话",
            "电话号码",
            "联系电话",
            "联系方式",
            "客户电话",
            "固定电话",
            "座机",
            "其他电话",
        ],
    ),
    (
        Column::Phone("mobile"),
        &[
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "mobil",
            "mobiles",
            "手机",
            "手机号",
            "手机号码",
            "移动电话",
            "联系手机",
        ],
    ),
    (Column::Phone("home"), &["home", "homephone", "家庭电话", "住宅电话"]),
    (
        Column::Phone("work"),
        &[
            "work",
            "workphone",
            "office",
            "officephone",
            "businessphone",
            "companymainphone",
            "companyphone",
            "办公电话",
            "单位电话",
            "公司电话",
        ],
    ),
    (
        Column::Email,
        &["email", "emails", "mail", "emailaddress", "mailaddress", "邮箱", "电子邮箱", "电子邮件", "邮件"],
    ),
    (
        Column::Organisation,
        &[
            "organisation",
            "organization",
            "company",
            "companyname",
            "organizationname",
            "organisationname",
            "公司",
            "公司名称",
            "单位",
            "机构",
        ],
    ),
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
        let plain = plain(header);
        let known = HEADERS.iter().find(|(_, names)| names.contains(&plain.as_str()));
        known.map_or(Self::Unknown, |(column, _)| column.clone())
    }

    /// What the values of several such columns become.
    pub fn meaning(&self) -> Option<&'static str> {
        match self {
            Self::Name => Some("the name"),
            Self::Organisation => Some("the organisation"),
            Self::Tier => Some("the tier"),
            Self::Language => Some("the language"),
            Self::Notes => Some("the notes"),
            Self::Date(label) => Some(label),
            Self::Given | Self::Middle | Self::Family => Some("a part of the name"),
            Self::Phone(_) | Self::Email | Self::Tags | Self::Unknown => None,
        }
    }
}

/// A header of customers that was meant, where it is unknown by one slip only.
pub(super) fn meant(header: &str) -> Option<&'static str> {
    slipped(header, HEADERS.iter().flat_map(|(_, names)| names.iter().copied()))
}

/// A word too short has too many neighbours.
const SLIP_MIN: usize = 5;

pub(super) fn slipped<'a>(header: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = plain(header);
    if plain.chars().count() < SLIP_MIN { None } else { slip(&plain, known) }
}

/// A header without case, blanks, marks and the numbers and words by which address books tell columns of one
/// meaning apart: `E-mail 2 - Value`, `Business Phone 2`, `电话1`.
pub(in crate::store) fn plain(header: &str) -> String {
    let marks = "_-*:：()（）.'#";
    let keep = |c: &char| !c.is_whitespace() && !c.is_ascii_digit() && !marks.contains(*c) && !is_blank(*c);
    let plain: String = header.chars().filter(keep).flat_map(char::to_lowercase).collect();
    plain.strip_suffix("value").filter(|rest| !rest.is_empty()).unwrap_or(&plain).to_owned()
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
            ("\u{feff}Full\u{a0}Name", Column::Name),
            ("First Name", Column::Given),
            ("姓", Column::Family),
            ("E-mail 2 - Value", Column::Email),
            ("E-mail 2 Address", Column::Email),
            ("Business Phone 2", Column::Phone("work")),
            ("Organization 1 - Name", Column::Organisation),
            ("电话2", Column::Phone("")),
            ("shoe size", Column::Unknown),
        ] {
            assert_eq!(Column::of(header), column, "{header}");
        }
        for (header, near) in
            [("Emial", Some("email")), ("Phnoe", Some("phone")), ("Shoe size", None), ("Fax", None), ("State", None)]
        {
            assert_eq!(meant(header), near, "{header}");
        }
    }

    #[test]
    fn languages_as_people_write_them() {
        assert_eq!(language("普通话").as_deref(), Some("zh"));
        assert_eq!(language("English").as_deref(), Some("en"));
        assert_eq!(language("fr").as_deref(), Some("fr"));
        assert_eq!(language(" "), None);
    }
}
