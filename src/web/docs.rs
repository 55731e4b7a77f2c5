//! `/docs`: the pages of `docs/` as HTML, made once at the first look; pictures and other files as they are.
//!
//! The pages are ours, but HTML in them is shown as text all the same: the policy of the server allows neither
//! scripts nor styles of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use rust_embed::RustEmbed;

use super::ApiError;

#[derive(RustEmbed)]
#[folder = "docs/"]
struct Docs;

const STYLE: &str = include_str!("docs.css");

struct Page {
    title: String,
    /// What it begins with.
    lead: String,
    html: String,
}

/// A page as written, made HTML.
struct Rendered {
    title: String,
    lead: String,
    body: String,
}

/// The folders of `docs/`, as the index names them.
const FOLDERS: [(&str, &str); 3] =
    [("", "Guides · 指南"), ("reference", "Reference · 参考"), ("decisions", "Decisions · 设计决定")];
const LEAD_MAX: usize = 180;
/// The page that is made from the code.
const API: &str = "<li lang=\"en\"><a href=\"/docs/api\">Reference of the API</a> <small>English</small>\
                   <p>Every request, its parameters and answers; OpenAPI and AsyncAPI for programs.</p></li>";

static PAGES: LazyLock<BTreeMap<String, Page>> = LazyLock::new(|| {
    let texts = Docs::iter().filter(|name| name.ends_with(".md")).filter_map(|name| {
        let file = Docs::get(&name)?;
        let Rendered { title, lead, body } = render(&String::from_utf8_lossy(&file.data), language(&name));
        let title = if title.is_empty() { name.to_string() } else { title };
        let html = whole(&title, language(&name), &body);
        Some((name.into_owned(), Page { title, lead, html }))
    });
    texts.collect()
});

pub async fn index() -> Html<String> {
    let mut list = String::from("<h1>Docs <span lang=\"zh-CN\">· 文档</span></h1>");
    for (folder, heading) in FOLDERS {
        let _ = write!(list, "<h2>{heading}</h2><ul class=\"pages\">");
        if folder == "reference" {
            list.push_str(API);
        }
        for (name, page) in PAGES.iter().filter(|(name, _)| name.rsplit_once('/').map_or("", |(of, _)| of) == folder) {
            let (title, lead, language) = (escaped(&page.title), escaped(&page.lead), language(name));
            let said = if language == "en" { "English" } else { "中文" };
            let _ = write!(
                list,
                "<li lang=\"{language}\"><a href=\"/docs/{name}\">{title}</a> <small>{said}</small><p>{lead}</p></li>"
            );
        }
        list.push_str("</ul>");
    }
    Html(whole("Docs", "en", &list))
}

pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], STYLE).into_response()
}

pub async fn page(Path(path): Path<String>) -> Response {
    if let Some(page) = PAGES.get(&path) {
        return Html(page.html.as_str()).into_response();
    }
    match Docs::get(&path) {
        Some(file) => {
            let kind = file.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, kind)], file.data).into_response()
        }
        None => ApiError::NotFound.into_response(),
    }
}

/// A page that is written in Markdown elsewhere, in English.
pub fn page_of(markdown: &str) -> String {
    let Rendered { title, body, .. } = render(markdown, "en");
    whole(&title, "en", &body)
}

/// Pages in Chinese say so in their name.
fn language(name: &str) -> &'static str {
    if name.ends_with(".zh.md") { "zh-CN" } else { "en" }
}

fn whole(title: &str, language: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{title} · Carillon</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head>\
         <body><header><a href=\"/docs\">Carillon</a><a href=\"/\">Desktop <span lang=\"zh-CN\">· 工作台</span></a></header><main>{body}</main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The first heading and the first paragraph as text, and the whole as HTML. Headings get the anchors that
/// links in the docs use.
fn render(text: &str, language: &str) -> Rendered {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, options).map(|event| plain(event, language)).collect();
    let (mut title, mut taken) = (String::new(), BTreeSet::new());
    for at in 0..events.len() {
        let heading = heading_text(events.get(at..).unwrap_or_default());
        let Some(Event::Start(Tag::Heading { level, id, .. })) = events.get_mut(at) else { continue };
        if *level == HeadingLevel::H1 && title.is_empty() {
            title.clone_from(&heading);
        }
        *id = Some(CowStr::from(anchor(&heading, &mut taken)));
    }
    let lead = lead(&events);
    let mut body = String::with_capacity(text.len() * 2);
    html::push_html(&mut body, events.into_iter());
    // Wide tables and long lines scroll by themselves, by keyboard too.
    let body = body.replace("<pre>", "<pre tabindex=\"0\">");
    let body =
        body.replace("<table>", "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"table\"><table>");
    Rendered { title, lead, body: body.replace("</table>", "</table></div>") }
}

fn lead(events: &[Event<'_>]) -> String {
    let inside = events.iter().skip_while(|event| !matches!(event, Event::Start(Tag::Paragraph)));
    let inside = inside.take_while(|event| !matches!(event, Event::End(TagEnd::Paragraph)));
    let text: String = inside
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            Event::SoftBreak | Event::HardBreak => Some(" "),
            _ => None,
        })
        .collect();
    match text.char_indices().nth(LEAD_MAX) {
        Some((end, _)) => {
            let cut = text.get(..end).unwrap_or_default();
            // Not in the middle of a word, where words have spaces between them.
            let whole = cut.rsplit_once(' ').map(|(before, _)| before).filter(|before| before.len() * 2 > cut.len());
            format!("{}…", whole.unwrap_or(cut))
        }
        None => text,
    }
}

/// HTML as text; and Chinese has no space where a line of the source ends.
fn plain<'a>(event: Event<'a>, language: &str) -> Event<'a> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::SoftBreak if language.starts_with("zh") => Event::Text(CowStr::Borrowed("")),
        other => other,
    }
}

fn heading_text(events: &[Event<'_>]) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let text = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    text.collect()
}

/// As the usual viewers of Markdown make them: lower case, words joined by hyphens, nothing else; numbered
/// when there are several.
fn anchor(heading: &str, taken: &mut BTreeSet<String>) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_')
        .collect::<String>();
    let plain = kept.trim().replace(' ', "-");
    let mut made = plain.clone();
    let mut count = 0;
    while !taken.insert(made.clone()) {
        count += 1;
        made = format!("{plain}-{count}");
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_title_anchors_tables_and_no_html_of_its_own() {
        let Rendered { title, lead, body: html } = render(
            "# A & `b`\n\nIt *says*\n`this`.\n\n## GET /api/v1/me\n\n## GET /api/v1/me\n\n| a |\n| --- |\n| <b>x</b> |\n\n<script>x</script>\n",
            "en",
        );
        assert_eq!((title.as_str(), lead.as_str()), ("A & b", "It says this."));
        assert!(html.contains("<h2 id=\"get-apiv1me\">") && html.contains("<h2 id=\"get-apiv1me-1\">"), "{html}");
        assert!(html.contains("<table>") && html.contains("tabindex"), "{html}");
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn chinese_lines_are_joined_without_a_space_and_code_scrolls_by_keyboard() {
        let chinese = render("# 一\n\n来电\n接听\n\n```\nx\n```\n", "zh-CN");
        assert_eq!(chinese.lead, "来电接听");
        assert!(
            chinese.body.contains("<p>来电接听</p>") && chinese.body.contains("<pre tabindex=\"0\">"),
            "{}",
            chinese.body
        );
        assert_eq!(render("# A\n\none\ntwo\n", "en").lead, "one two");
    }

    /// Without percent encoding, as a browser looks for it.
    fn plain(text: &str) -> String {
        let mut parts = text.split('%');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend(part[2..].bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_link_between_pages_leads_somewhere() {
        let mut broken = Vec::new();
        for (name, page) in PAGES.iter() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for link in page.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                if link.starts_with("http") || link.starts_with('/') || link.starts_with("tel:") {
                    continue;
                }
                let (path, place) = link.split_once('#').unwrap_or((link, ""));
                let place = &plain(place);
                let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
                for part in path.split('/') {
                    match part {
                        ".." => drop(parts.pop()),
                        "." => {}
                        part => parts.push(part),
                    }
                }
                let target = if path.is_empty() { name.clone() } else { parts.join("/") };
                let found = match PAGES.get(&target) {
                    Some(page) => place.is_empty() || page.html.contains(&format!("id=\"{place}\"")),
                    // Beyond docs/ there is the source, which no server has.
                    None => Docs::get(&target).is_some() || path.starts_with("../"),
                };
                if !found {
                    broken.push(format!("{name}: {link}"));
                }
            }
        }
        assert!(broken.is_empty(), "{broken:?}");
        assert!(PAGES.len() >= 5);
    }
}
