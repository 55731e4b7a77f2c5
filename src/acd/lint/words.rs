//! Faults as sentences.

use super::Fault;
use crate::acd::{Condition, Language, OverflowWhen};

pub(super) fn words(fault: &Fault, language: Language) -> String {
    match language {
        Language::En => english(fault),
        Language::Zh => chinese(fault),
    }
}

fn english(fault: &Fault) -> String {
    match fault {
        Fault::IdTwice { id } => format!("the id {id} is used twice"),
        Fault::KeyTwice => "the key is used twice".to_owned(),
        Fault::NoSkill { id } => format!("there is no skill with the id {id}"),
        Fault::NoQueue { id } => format!("there is no queue with the id {id}"),
        Fault::NoGroup { key } => format!("there is no group {key}"),
        Fault::NoCalendar { key } => format!("there are no hours {key}"),
        Fault::Level => "levels run from 1 to 10".to_owned(),
        Fault::Priority => "priorities run from 1 (most urgent) to 10".to_owned(),
        Fault::RingTime => "an agent needs at least one second to answer".to_owned(),
        Fault::TooManySteps { most } => format!("there are more than {most} relaxation steps"),
        Fault::ShortAboveThreshold => {
            "a call counts as a short abandon for longer than it may wait for an answer in time".to_owned()
        }
        Fault::UnreachableQueue => "no agent could ever serve it, not even fully relaxed".to_owned(),
        Fault::SkillNobodyHas { skill } => format!("no agent has the skill {skill}"),
        Fault::StepWidensNothing { step } => format!("relaxation step {step} lets nobody in who was not asked before"),
        Fault::StepsOutOfOrder => "the relaxation steps are not in order of time".to_owned(),
        Fault::StepAfterMaxWait { step } => {
            format!("relaxation step {step} comes only when the maximum wait is over")
        }
        Fault::StrictPriority => {
            "strict priority: while urgent contacts keep coming, the others wait for ever".to_owned()
        }
        Fault::BestFirst => "an agent never leaves what they are best at while such contacts wait".to_owned(),
        Fault::NoAgeing => "without ageing, a contact with a low score keeps it however long it waits".to_owned(),
        Fault::OverflowLoop { when } => {
            format!("the overflow {} leads back to a queue that it left", english_when(*when))
        }
        Fault::UnknownZone { zone } => format!("{zone:?} is not a time zone"),
        Fault::BrokenHours => "opening hours must lie within one day and begin before they end".to_owned(),
        Fault::OverlappingHours { day } => format!("opening hours overlap on {}", english_day(*day)),
        Fault::NeverOpen => "these hours are never open".to_owned(),
        Fault::ClosedMidweek { day } => format!("closed on {}, in the middle of the working week", english_day(*day)),
        Fault::ReserveTakesAll { group, members } => {
            format!("keeps all {members} agents of {group} free for others: it never gets one of them")
        }
        Fault::PriorityHasNoEffect => {
            "the cap on head starts is reached by every priority: urgent contacts gain nothing".to_owned()
        }
        Fault::NoShare => "agents are given out by share of the queues, but this queue has no share".to_owned(),
        Fault::NothingLeadsHere => {
            "no contact gets here: no number's flow, overflow or relaxation step leads to it".to_owned()
        }
        Fault::AgentWithoutQueue => "could not be given a contact of any queue".to_owned(),
        Fault::ConditionAtOnce { step, when } => {
            format!("relaxation step {step} holds at any time: {} is always so", english_condition(*when))
        }
    }
}

fn chinese(fault: &Fault) -> String {
    match fault {
        Fault::IdTwice { id } => format!("编号 {id} 重复使用"),
        Fault::KeyTwice => "标识重复使用".to_owned(),
        Fault::NoSkill { id } => format!("没有编号为 {id} 的技能"),
        Fault::NoQueue { id } => format!("没有编号为 {id} 的队列"),
        Fault::NoGroup { key } => format!("没有坐席组 {key}"),
        Fault::NoCalendar { key } => format!("没有营业时间 {key}"),
        Fault::Level => "熟练度为 1 到 10".to_owned(),
        Fault::Priority => "优先级为 1（最紧急）到 10".to_owned(),
        Fault::RingTime => "坐席至少需要一秒钟应答".to_owned(),
        Fault::TooManySteps { most } => format!("放宽步骤超过 {most} 个"),
        Fault::ShortAboveThreshold => "短时放弃的时限大于服务水平的应答时限".to_owned(),
        Fault::UnreachableQueue => "即使完全放宽，也没有坐席能服务此队列".to_owned(),
        Fault::SkillNobodyHas { skill } => format!("没有坐席具备技能 {skill}"),
        Fault::StepWidensNothing { step } => format!("第 {step} 个放宽步骤没有增加任何坐席"),
        Fault::StepsOutOfOrder => "放宽步骤没有按时间先后排列".to_owned(),
        Fault::StepAfterMaxWait { step } => format!("第 {step} 个放宽步骤在最长等待时间之后才开始"),
        Fault::StrictPriority => "严格优先级：只要紧急联络不断到来，其他联络将一直等待".to_owned(),
        Fault::BestFirst => "只要还有坐席最擅长的联络在等待，坐席就不会接其他联络".to_owned(),
        Fault::NoAgeing => "等待时间不计入得分：得分低的联络等多久都不会提前".to_owned(),
        Fault::OverflowLoop { when } => format!("“{}”的溢出会回到已离开的队列", chinese_when(*when)),
        Fault::UnknownZone { zone } => format!("{zone:?} 不是时区"),
        Fault::BrokenHours => "营业时间必须在同一天之内，且开始早于结束".to_owned(),
        Fault::OverlappingHours { day } => format!("{}的营业时间重叠", chinese_day(*day)),
        Fault::NeverOpen => "此营业时间从不开放".to_owned(),
        Fault::ClosedMidweek { day } => format!("{}不开放，前后两天却开放", chinese_day(*day)),
        Fault::ReserveTakesAll { group, members } => {
            format!("为其他队列预留了 {group} 组全部 {members} 名坐席：此队列永远得不到该组坐席")
        }
        Fault::PriorityHasNoEffect => "各优先级的加分都达到上限：优先级不起作用".to_owned(),
        Fault::NoShare => "坐席按队列份额分配，但此队列没有份额".to_owned(),
        Fault::NothingLeadsHere => "没有联络会进入此队列：没有号码的流程、溢出或放宽步骤通向它".to_owned(),
        Fault::AgentWithoutQueue => "任何队列的联络都无法分配给该坐席".to_owned(),
        Fault::ConditionAtOnce { step, when } => {
            format!("第 {step} 个放宽步骤随时成立：“{}”总是满足", chinese_condition(*when))
        }
    }
}

fn english_when(when: OverflowWhen) -> String {
    match when {
        OverflowWhen::Full => "of a full queue".to_owned(),
        OverflowWhen::Timeout => "after the maximum wait".to_owned(),
        OverflowWhen::NoAgents => "without agents".to_owned(),
        OverflowWhen::Closed => "outside the hours".to_owned(),
        OverflowWhen::EstimateAbove(seconds) => format!("above {seconds} s of estimated wait"),
    }
}

fn chinese_when(when: OverflowWhen) -> String {
    match when {
        OverflowWhen::Full => "队列已满".to_owned(),
        OverflowWhen::Timeout => "超过最长等待".to_owned(),
        OverflowWhen::NoAgents => "无坐席".to_owned(),
        OverflowWhen::Closed => "非营业时间".to_owned(),
        OverflowWhen::EstimateAbove(seconds) => format!("预计等待超过 {seconds} 秒"),
    }
}

fn english_condition(when: Condition) -> String {
    match when {
        Condition::NoAgents => "no agent signed in".to_owned(),
        Condition::EstimateAbove(seconds) => format!("an estimate above {seconds} s"),
        Condition::ServiceLevelBelow(percent) => format!("a service level below {percent} %"),
        Condition::WaitingAbove(contacts) => format!("more than {contacts} waiting"),
    }
}

fn chinese_condition(when: Condition) -> String {
    match when {
        Condition::NoAgents => "无坐席签入".to_owned(),
        Condition::EstimateAbove(seconds) => format!("预计等待超过 {seconds} 秒"),
        Condition::ServiceLevelBelow(percent) => format!("服务水平低于 {percent}%"),
        Condition::WaitingAbove(contacts) => format!("等待数超过 {contacts}"),
    }
}

fn english_day(day: u8) -> &'static str {
    match day {
        1 => "Monday",
        2 => "Tuesday",
        3 => "Wednesday",
        4 => "Thursday",
        5 => "Friday",
        6 => "Saturday",
        _ => "Sunday",
    }
}

fn chinese_day(day: u8) -> &'static str {
    match day {
        1 => "周一",
        2 => "周二",
        3 => "周三",
        4 => "周四",
        5 => "周五",
        6 => "周六",
        _ => "周日",
    }
}
