//! The views that reports read, and the page that documents them.

use std::fmt::Write as _;

use super::allowed::FUNCTIONS;

/// A documented view.
#[derive(PartialEq, Eq, Debug)]
pub struct View {
    /// As a report calls it.
    pub name: &'static str,
    /// As the database calls it.
    pub table: &'static str,
    /// A row of it is …
    pub en: &'static str,
    pub zh: &'static str,
    pub own: Own,
    pub columns: &'static [ViewColumn],
}

/// Which rows an agent sees who may see the own ones only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Own {
    /// Those with the agent's key in this column.
    Of(&'static str),
    Everybodys,
    Nobodys,
}

/// A column of a view.
#[derive(PartialEq, Eq, Debug)]
pub struct ViewColumn {
    pub name: &'static str,
    pub en: &'static str,
    pub zh: &'static str,
}

macro_rules! views {
    ($($name:ident = $table:literal, $own:expr, $en:literal, $zh:literal { $($column:ident: $told:literal, $told_zh:literal;)* })*) => {
        /// All of them, as the reference lists them.
        pub static VIEWS: &[View] = &[$(View {
            name: stringify!($name),
            table: $table,
            en: $en,
            zh: $zh,
            own: $own,
            columns: &[$(ViewColumn { name: stringify!($column), en: $told, zh: $told_zh }),*],
        }),*];
    };
}

const BY_AGENT: Own = Own::Of("agent");

views! {
    contacts = "report_contacts", BY_AGENT, "a contact: a call, in or out", "一次联络：呼入或呼出" {
        contact: "its id", "编号";
        channel: "`voice`", "渠道";
        direction: "`inbound`, `outbound`", "方向：呼入、呼出";
        caller: "number of the customer, E.164; `NULL`: withheld", "客户号码（E.164）；`NULL` 表示未显示";
        called: "our number", "我方号码";
        customer: "number of the customer's record", "客户资料编号";
        queue: "the last queue", "最后所在队列";
        agent: "the agent who had it last", "最后接待的坐席";
        started: "it began", "开始时间";
        queued: "it came to a line first", "首次进入队列";
        answered: "an agent answered", "坐席接听时间";
        ended: "it ended; `NULL`: it goes on", "结束时间；`NULL` 表示进行中";
        wrap_up_ended: "the agent was done with it", "话后处理结束";
        wait_us: "`answered - queued`", "等待时长";
        talk_us: "`ended - answered`, holds included", "通话时长，含保持";
        hold_us: "all holds", "保持时长合计";
        wrap_up_us: "`wrap_up_ended - ended`", "话后时长";
        outcome: "`handled`, `abandoned`, `self_service`, `refused`, `failed`, `interrupted`, `call_back`, `not_reached`, `voicemail`", "结果";
        ended_by: "`customer`, `agent`, `supervisor`, `guest`, `flow`, `network`, `system`", "挂断方";
        end_reason: "cause in words of the network", "网络给出的原因";
        disposition: "what the agent said it came to", "坐席选择的处理结果";
        linked: "the contact it goes on from", "所接续的联络";
    }
    stays = "report_stays", BY_AGENT, "a stay of a contact in the line of a queue", "联络在某个队列中的一次排队" {
        contact: "id of the contact", "联络编号";
        channel: "as of the contact", "渠道";
        direction: "as of the contact", "方向";
        started: "the contact began", "联络开始时间";
        step: "number of its segment", "所在区段序号";
        queue: "the queue", "队列";
        agent: "who answered", "接听的坐席";
        entered: "it came into the line", "进入队列时间";
        ended: "it left the line; `NULL`: it waits", "离开队列时间；`NULL` 表示仍在等待";
        wait_us: "`ended - entered`", "等待时长";
        ended_as: "`answered` (an agent had it next), `abandoned`, `flowed_out` (another queue or the flow had it next), `removed`", "如何结束：接听、放弃、溢出、转出";
        within_us: "threshold of the service level, as the queue says now", "服务水平时限（按队列现行设置）";
        short_us: "who gives up within this is not counted, as the queue says now", "短时放弃时限（按队列现行设置）";
    }
    segments = "report_segments", BY_AGENT, "a stretch of a contact that somebody had; they leave no gap", "联络中由某一方持有的区段，首尾相接" {
        contact: "id of the contact", "联络编号";
        started: "the contact began", "联络开始时间";
        step: "1, 2, 3 …", "序号";
        holder: "`flow`, `queue`, `dialling`, `agent`, `sent`, `outside`", "持有方";
        queue: "the queue, of `queue` and `agent`", "队列";
        agent: "the agent, of `dialling`, `agent` and `sent`", "坐席";
        begins: "from", "开始";
        ends: "until; `NULL`: it goes on", "结束；`NULL` 表示进行中";
        handed_by: "the agent who handed it over", "转交的坐席";
        handed_how: "`queue`, `flow`, `parked`, `blind`, `consult`, `refer`, `taken`, `agent lost`", "转交方式";
    }
    rings = "report_rings", BY_AGENT, "a contact offered to an agent", "一次向坐席的派发（振铃）" {
        contact: "id of the contact", "联络编号";
        started: "the contact began", "联络开始时间";
        step: "number of its event", "事件序号";
        queue: "the queue it came from", "来源队列";
        agent: "the agent", "坐席";
        began: "the agent was chosen", "选中坐席的时间";
        ended: "it was answered or taken back", "接听或撤回时间";
        ring_us: "`ended - began`", "振铃时长";
        result: "`answered`, `no_answer`, `declined`, `no_media`, `caller_gone`, `unreachable`; `NULL`: it rings, or nobody knows", "结果；`NULL` 表示仍在振铃或未知";
    }
    agent_states = "report_agent_states", BY_AGENT, "a state of an agent, until the next one", "坐席的一段状态" {
        agent: "the agent", "坐席";
        begins: "from", "开始";
        ends: "until; `NULL`: it lasts", "结束；`NULL` 表示持续中";
        state: "`signed_out`, `not_ready`, `ready`, `reserved`, `busy`, `wrap_up`", "状态";
        reason: "of `not_ready`", "示忙原因";
        author: "`agent`, `supervisor`, `system`", "设置者";
    }
    transfers = "report_transfers", BY_AGENT, "a contact passed on by an agent", "坐席的一次转接" {
        contact: "id of the contact", "联络编号";
        started: "the contact began", "联络开始时间";
        step: "number of its event", "事件序号";
        happened: "when", "发生时间";
        agent: "who passed it on", "转出坐席";
        to_agent: "the agent who has it now", "转给坐席";
        to_queue: "the queue it waits in now", "转给队列";
        to_flow: "the flow that leads it now; none of the three: somebody outside", "转给流程；三者皆空表示外部";
        how: "as `handed_how`", "方式";
    }
    legs = "report_legs", BY_AGENT, "a leg of a call that was measured", "所测量的一个通话段" {
        contact: "id of the contact", "联络编号";
        started: "the contact began", "联络开始时间";
        step: "number of its event", "事件序号";
        measured: "when the leg ended", "测量时间";
        party: "`caller`, `agent`", "通话一方";
        direction: "as of the contact", "方向";
        called: "our number", "我方号码";
        trunk: "the trunk we called out by; `NULL`: the call came in", "呼出所用中继；呼入为 `NULL`";
        queue: "the last queue of the contact", "联络最后所在队列";
        agent: "the agent who had the contact last", "最后接待的坐席";
        mos: "opinion score of what the party said, 1 to 4.5", "该方所说语音的评分（1 至 4.5）";
        mos_heard: "of what it heard, as it reported", "该方所听语音的评分";
        received: "packets received", "收到的包数";
        sent: "packets sent", "发出的包数";
        lost: "packets lost", "丢失的包数";
        jitter_us: "interarrival jitter (RFC 3550)", "抖动（RFC 3550）";
        round_trip_us: "round trip; 0: unknown", "往返时延；0 表示未知";
    }
    recordings = "report_recordings", BY_AGENT, "a recording that is whole, or was", "一段录音" {
        contact: "id of the contact", "联络编号";
        started: "the contact began", "联络开始时间";
        queue: "the last queue of the contact", "联络最后所在队列";
        agent: "the agent who had the contact last", "最后接待的坐席";
        made: "it was whole", "完成时间";
        length_us: "its length", "时长";
        bytes: "of the WAV", "WAV 字节数";
        complete: "1: nothing of it was lost", "1 表示完整无缺";
        deleted: "it was deleted then", "删除时间";
    }
    attempts = "report_attempts", BY_AGENT, "a call of a campaign", "外呼活动的一次呼叫" {
        campaign: "the campaign", "外呼活动";
        dial: "number of the call in the campaign", "活动内呼叫序号";
        entry: "number of the entry that was called", "名单条目编号";
        agent: "the agent it was made for", "为之呼叫的坐席";
        begun: "when", "开始时间";
        ended: "its end", "结束时间";
        outcome: "`spoken`, `no_answer`, `busy`, `machine`, `abandoned`, `failed`, `taken_back`, `interrupted`", "结果";
        contact: "id of the contact, if it came to one", "联络编号（如有）";
    }
    evaluations = "report_evaluations", BY_AGENT, "an evaluation that the agent may see", "坐席可见的一次质检评分" {
        evaluation: "its number", "评分编号";
        contact: "id of the contact", "联络编号";
        scorecard: "key of the scorecard", "评分表";
        agent: "whose contact it was", "被评坐席";
        queue: "the last queue of the contact", "联络最后所在队列";
        rater: "who judged it", "评分人";
        why: "`bad_survey`, `long_hold`, `new_agent`, `random`, `by_hand`", "选中原因";
        stage: "`submitted`, `disputed`, `settled`", "状态";
        score: "hundredths of a percent; `NULL`: nothing was applicable", "得分（万分之一）；`NULL` 表示全部不适用";
        fatal: "fatal items without a point", "不合格的致命项数";
        submitted: "it was handed in", "提交时间";
        disputed: "the agent disputed it", "坐席申诉时间";
        first_score: "the score that was disputed", "申诉前得分";
        settled: "the dispute was answered", "申诉答复时间";
    }
    record_steps = "report_record_steps", Own::Nobodys, "a change of a record, such as a ticket", "记录（如工单）的一次变更" {
        kind: "kind of the record", "记录类型";
        record: "its id", "记录编号";
        version: "the version it made", "变更后的版本";
        happened: "when", "发生时间";
        author: "who", "操作人";
        verb: "what was done", "操作";
        step: "the step of its life that was taken", "所走的流程步骤";
    }
    queues = "report_queues", Own::Everybodys, "a queue of the center, removed ones too", "呼叫中心的队列，含已删除的" {
        queue: "its key", "键";
        name: "its name", "名称";
        within_us: "threshold of its service level", "服务水平时限";
        short_us: "who gives up within this is not counted", "短时放弃时限";
    }
    agents = "report_agents", Own::Of("agent"), "an agent of the center, removed ones too", "呼叫中心的坐席，含已删除的" {
        agent: "the key", "键";
        name: "the name", "姓名";
    }
}

/// What a report reads beside the views.
pub(super) const CLOCK: &str = "clock";

pub(super) fn view(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

/// The page that documents the views, as Markdown.
pub fn reference() -> String {
    let mut page = String::from(HEAD);
    for view in VIEWS {
        let _ = write!(page, "\n## {}\n\n`{}`: {}.\n{}。\n\n", view.name, view.table, view.en, view.zh);
        page.push_str("| column 列 | | |\n| --- | --- | --- |\n");
        for column in view.columns {
            let _ = writeln!(page, "| `{}` | {} | {} |", column.name, column.en, column.zh);
        }
    }
    page.push_str(TAIL);
    let _ = write!(page, "\n{}.\n", FUNCTIONS.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "));
    page
}

const HEAD: &str = "# Views of reports 报表视图

Made from the catalogue (`src/report/view.rs`) by `make types`. Every report, built-in or your own, is one `SELECT` over these
views, in a SQL that SQLite and PostgreSQL read alike. Times are microseconds since 1970 UTC, spans are microseconds, and names
that end in `_us` are spans. Queues, agents, campaigns and dispositions stand by their keys. In a report a view goes by its
short name; other programs read the same rows under the name that begins with `report_`.

每个报表（内置的或自建的）都是对下列视图的一条 `SELECT`，SQLite 与 PostgreSQL 通用。时间为 1970 年（UTC）以来的微秒数，
时长（名称以 `_us` 结尾）为微秒；队列、坐席、外呼活动和处理结果均以键表示。在报表中使用短名；其他程序可用以 `report_`
开头的名称读取同样的数据。

Filters 筛选: `:from`, `:to`, `:now` (microseconds 微秒), `:queue`, `:agent` (a key, or `NULL` 键或 `NULL`).

The table `clock (begins, ends, shift)` tells how far the clocks of the report's time zone are ahead of UTC, from when to when.
Local time of a moment: `JOIN clock k ON s.entered >= k.begins AND s.entered < k.ends`, then `s.entered + k.shift`.

表 `clock (begins, ends, shift)` 给出报表时区在各时段相对 UTC 的偏移；与其连接后，`s.entered + k.shift` 即当地时间。
";

const TAIL: &str = "
## Functions 函数

No other functions are let through, nor `||`, casts to other types than `BIGINT`, `INTEGER`, `REAL`, `DOUBLE PRECISION`,
`NUMERIC`, `TEXT` and `BOOLEAN`, `WITH RECURSIVE`, or texts with `'` or `\\` in them.
除下列函数外一概不允许；`||`、其他类型的转换、`WITH RECURSIVE` 以及含 `'` 或 `\\` 的文本也不允许。
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once() {
        for (at, view) in VIEWS.iter().enumerate() {
            assert_eq!(view.table, format!("report_{}", view.name));
            assert!(VIEWS.iter().skip(at + 1).all(|other| other.name != view.name));
            if let Own::Of(column) = view.own {
                assert!(view.columns.iter().any(|one| one.name == column), "{}", view.name);
            }
        }
        assert!(view(CLOCK).is_none());
        assert!(reference().contains("| `ended_as` |"));
    }
}
