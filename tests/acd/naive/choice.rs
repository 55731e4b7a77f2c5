//! Who may serve whom, and who is the best.

use super::*;

/// Smallest first: key, arrival, order of coming.
type Rank = ((i128, i128), Instant, u64);

const STEPS: usize = 30;
const CHANNELS: [Channel; 3] = [Channel::Voice, Channel::Chat, Channel::Email];

fn is_phone(channel: Channel) -> bool {
    channel == Channel::Voice
}

impl Naive {
    pub(super) fn rule(&self, agent: AgentId) -> Option<&AgentRule> {
        self.rules.agents.iter().find(|rule| rule.id == agent)
    }

    /// As far as presence goes, more may come.
    pub(super) fn is_open(&self, agent: &Agent) -> bool {
        let goes = matches!(agent.next, Some(NextState::NotReady { .. } | NextState::SignedOut));
        agent.duty == Duty::Ready || (agent.duty == Duty::Busy && !goes)
    }

    /// Channels of which one more fits beside what the agent has.
    pub(super) fn rooms(&self, agent: &Agent) -> Vec<Channel> {
        let capacity = self.rule(agent.id).map_or(&[][..], |rule| &rule.capacity);
        let fits = |channel: &Channel| {
            if capacity.is_empty() {
                return agent.holds.is_empty();
            }
            let most = capacity.iter().rev().find(|(of, _)| of == channel).map_or(0, |(_, most)| *most);
            let has = agent.holds.iter().filter(|(_, of)| of == channel).count();
            let beside = |other: Channel| match is_phone(*channel) {
                true => other == Channel::Email,
                false => !is_phone(other),
            };
            has < usize::from(most) && agent.holds.iter().all(|(_, other)| beside(*other))
        };
        CHANNELS.into_iter().filter(fits).collect()
    }

    pub(super) fn has_room(&self, agent: AgentId, contact: ContactId) -> bool {
        let found = self.look_up(agent);
        found.idle.is_some() && self.rooms(found).contains(&self.queue_of(self.look_at(contact)).channel)
    }

    fn level(&self, agent: AgentId, skill: SkillId) -> u8 {
        let skills = self.rule(agent).map_or(&[][..], |rule| &rule.skills);
        skills.iter().filter(|(has, _)| *has == skill).map(|(_, level)| *level).max().unwrap_or(0)
    }

    /// May be asked at this relaxation stage.
    pub(super) fn is_eligible(
        &self,
        agent: AgentId,
        queue: &QueueRule,
        skills: &[(SkillId, u8)],
        stage: usize,
    ) -> bool {
        let Some(rule) = self.rule(agent) else { return false };
        let steps = &queue.relax[..stage.min(queue.relax.len()).min(STEPS)];
        let serves = |queue: &QueueId| rule.queues.is_empty() || rule.queues.contains(queue);
        let invited = |step: &RelaxStep| {
            rule.group.as_ref().is_some_and(|group| step.add_groups.contains(group))
                || step.add_queues.iter().any(serves)
        };
        if !serves(&queue.id) && !steps.iter().any(invited) {
            return false;
        }
        let meets = |skill: SkillId, min: u8| {
            let lowered = steps.iter().flat_map(|step| {
                let single = step.lower.iter().find(|(of, _)| *of == skill).map(|(_, level)| *level);
                step.min_level.into_iter().chain(single)
            });
            let min = lowered.fold(min, u8::min).max(1);
            steps.iter().any(|step| step.drop.contains(&skill)) || self.level(agent, skill) >= min
        };
        let any = &queue.requirement.any;
        queue.requirement.all.iter().all(|need| meets(need.skill, need.min))
            && skills.iter().all(|(skill, min)| meets(*skill, *min))
            && (any.is_empty() || any.iter().any(|need| meets(need.skill, need.min)))
    }

    /// The last step that holds by time; each adds to those before it.
    fn steps_by_time(&self, contact: &Contact) -> usize {
        let steps = &self.queue_of(contact).relax;
        let waited = self.now.since(contact.arrived);
        let holds = |step: &RelaxStep| is_timed(step) && Duration::from_millis(step.after_ms) <= waited;
        steps.iter().take(STEPS).rposition(holds).map_or(0, |at| at + 1)
    }

    pub(super) fn next_step(&self, contact: &Contact) -> Instant {
        let later = self.queue_of(contact).relax.iter().take(STEPS).skip(self.steps_by_time(contact));
        let at = later.filter(|step| is_timed(step)).map(|step| contact.arrived + Duration::from_millis(step.after_ms));
        at.min().unwrap_or(Instant::FAR_FUTURE)
    }

    pub(super) fn stage(&self, contact: &Contact) -> usize {
        self.steps_by_time(contact).max(self.steps_by_condition(self.queue_of(contact), &contact.skills))
    }

    fn steps_by_condition(&self, queue: &QueueRule, skills: &[(SkillId, u8)]) -> usize {
        let of = |list: &[(QueueId, u32)]| list.iter().find(|(of, _)| *of == queue.id).map_or(0, |(_, n)| *n);
        let level = self.seen.level.iter().find(|(of, _)| *of == queue.id).and_then(|(_, level)| *level);
        let holds = |(at, step): &(usize, &RelaxStep)| match step.when {
            None => false,
            Some(Condition::NoAgents) => {
                !self.seen.staff.iter().any(|agent| self.is_eligible(*agent, queue, skills, *at))
            }
            Some(Condition::WaitingAbove(limit)) => of(&self.seen.waiting) > limit,
            Some(Condition::ServiceLevelBelow(limit)) => level.is_some_and(|level| level < limit.into()),
            Some(Condition::EstimateAbove(_)) => unreachable!("not in these tests: the estimate is the router's"),
        };
        queue.relax.iter().take(STEPS).enumerate().filter(holds).map(|(at, _)| at + 1).max().unwrap_or(0)
    }

    /// More than the kept ones of the agent's group are ready.
    fn reserve_lets(&self, agent: AgentId, queue: &QueueRule) -> bool {
        let group = |id: AgentId| self.rule(id).and_then(|rule| rule.group.as_ref());
        let Some(own) = group(agent) else { return true };
        let Some(kept) = queue.reserve.iter().find(|reserve| reserve.group == *own) else { return true };
        let ready = self.agents.iter().filter(|a| a.duty == Duty::Ready && group(a.id) == Some(own)).count();
        ready > kept.agents as usize
    }

    pub(super) fn is_kept(&self, agent: AgentId, queue: &QueueRule) -> bool {
        let group = self.rule(agent).and_then(|rule| rule.group.as_ref());
        queue.reserve.iter().any(|reserve| Some(&reserve.group) == group)
    }

    /// Idle, eligible and not kept free.
    pub(super) fn may_have(&self, agent: AgentId, contact: &Contact) -> bool {
        let queue = self.queue_of(contact);
        self.has_room(agent, contact.id)
            && self.is_eligible(agent, queue, &contact.skills, self.stage(contact))
            && self.reserve_lets(agent, queue)
    }

    /// Who could take a newcomer of this queue who wants nothing special.
    pub(super) fn idle_for(&self, queue: &QueueRule) -> usize {
        let stage = self.steps_by_condition(queue, &[]);
        let fits = |agent: &&Agent| {
            agent.idle.is_some()
                && self.rooms(agent).contains(&queue.channel)
                && self.is_eligible(agent.id, queue, &[], stage)
                && self.reserve_lets(agent.id, queue)
        };
        self.agents.iter().filter(fits).count()
    }

    /// Best first.
    pub(super) fn agents_for(&self, contact: ContactId) -> Vec<AgentId> {
        let contact = self.look_at(contact);
        let queue = self.queue_of(contact);
        let fits = self.agents.iter().map(|a| a.id).filter(|id| self.may_have(*id, contact));
        let mut found: Vec<AgentId> = fits.collect();
        found.sort_by_key(|id| (self.agent_key(*id, queue, &contact.skills), self.look_up(*id).idle));
        found
    }

    pub(super) fn is_random(queue: &QueueRule) -> bool {
        matches!(queue.agent_selection, AgentSelection::Random | AgentSelection::WeightedRandom)
    }

    pub(super) fn best_agent(&self, contact: ContactId) -> Option<AgentId> {
        let found = self.agents_for(contact);
        let chosen = self.hints.iter().find_map(|hint| match hint {
            Output::Reserve { contact: rung, agent, .. } if *rung == contact => Some(*agent),
            _ => None,
        });
        match chosen.filter(|chosen| found.contains(chosen)) {
            Some(chosen) if Self::is_random(self.queue_of(self.look_at(contact))) => Some(chosen),
            _ => found.first().copied(),
        }
    }

    fn fit(&self, agent: AgentId, queue: &QueueRule, skills: &[(SkillId, u8)]) -> i128 {
        let product = |need: &SkillNeed| i128::from(need.weight) * i128::from(self.level(agent, need.skill));
        let any = queue.requirement.any.iter().max_by_key(|need| product(need));
        let needs: Vec<SkillNeed> = queue.requirement.all.iter().chain(any).copied().collect();
        let own = skills.iter().map(|(skill, min)| SkillNeed { skill: *skill, min: *min, weight: 1 });
        let needs: Vec<SkillNeed> = needs.into_iter().chain(own).collect();
        let weights: i128 = needs.iter().map(|need| i128::from(need.weight)).sum();
        (needs.iter().map(product).sum::<i128>() * 100).checked_div(weights).unwrap_or(0)
    }

    fn agent_key(&self, agent: AgentId, queue: &QueueRule, skills: &[(SkillId, u8)]) -> i128 {
        let found = self.look_up(agent);
        let rule = self.rule(agent).expect("eligible");
        let mut known: Vec<SkillId> = rule.skills.iter().map(|(skill, _)| *skill).collect();
        known.sort_unstable();
        known.dedup();
        let all_levels: i128 = known.iter().map(|skill| i128::from(self.level(agent, *skill))).sum();
        let place = |id: AgentId| self.agents.iter().position(|a| a.id == id).expect("known") as i128;
        match queue.agent_selection {
            AgentSelection::LongestIdle | AgentSelection::Random | AgentSelection::WeightedRandom => 0,
            AgentSelection::LevelThenLongestIdle => -self.fit(agent, queue, skills),
            AgentSelection::MostSkilled => -all_levels,
            AgentSelection::LeastSkilled => all_levels,
            AgentSelection::FewestContacts => found.contacts.into(),
            AgentSelection::LowestOccupancy => {
                let (busy, all) = (found.busy.at(self.now), found.signed_in.at(self.now));
                (i128::from(busy) << 52).checked_div(all.into()).unwrap_or(0)
            }
            AgentSelection::RoundRobin => {
                let last = self.last_rung.iter().find(|(of, _)| *of == queue.id).map_or(-1, |(_, id)| place(*id));
                (place(agent) - last - 1).rem_euclid(self.agents.len() as i128)
            }
            AgentSelection::FixedOrder => place(agent),
            AgentSelection::MostRecentlyIdle => -i128::from(found.idle.unwrap_or(0)),
            AgentSelection::FastestService => {
                let mean = rule.service_ms.iter().filter(|(of, _)| *of == queue.id).map(|(_, ms)| *ms).min();
                i128::from(mean.filter(|ms| *ms > 0).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Where the contact stands; without an agent the fitness is 0.
    pub(super) fn rank(&self, contact: &Contact, fit: i128) -> Rank {
        let queue = self.queue_of(contact);
        let priority = i128::from(contact.priority);
        let in_queue = i128::from(self.waiting_in(queue.id));
        let all = self.contacts.iter().filter(|c| c.is_waiting()).count() as i128;
        let key = match self.rules.contact_selection {
            ContactSelection::LongestWaiting => (0, 0),
            ContactSelection::Priority => (priority, 0),
            ContactSelection::Level => (-fit, priority),
            ContactSelection::PriorityThenLevel => (priority, -fit),
            ContactSelection::Score => (-self.score(contact, queue), 0),
            ContactSelection::FixedRatio => (i128::from(queue.share_ppm) * all - in_queue * 1_000_000, 0),
            ContactSelection::LongestQueue => (-in_queue, 0),
        };
        (key, contact.arrived, contact.order)
    }

    /// In nanoseconds.
    fn score(&self, contact: &Contact, queue: &QueueRule) -> i128 {
        let steps = i128::from(10u8.saturating_sub(contact.priority));
        let seconds = i128::from(contact.bonus_s) + steps * i128::from(queue.priority_step_s);
        let wanted = i128::from(queue.score.base_ms) * 1_000_000 + seconds * 1_000_000_000;
        let head_start = wanted.min(i128::from(queue.score.max_bonus_s) * 1_000_000_000);
        let waited = self.now.since(contact.arrived).as_micros() as i128;
        head_start + waited * i128::from(queue.score.ageing_ppm) / 1_000
    }

    /// What an agent who becomes free gets.
    pub(super) fn best_contact(&self, agent: AgentId) -> Option<ContactId> {
        let fit = |contact: &Contact| {
            let queue = self.queue_of(contact);
            match self.is_eligible(agent, queue, &contact.skills, usize::MAX) {
                true => self.fit(agent, queue, &contact.skills),
                false => 0,
            }
        };
        let wants = |c: &Contact| c.wants.is_some_and(|(wanted, _)| wanted == agent) && self.has_room(agent, c.id);
        let gets = |c: &&Contact| wants(c) || (c.stands_in_line() && self.may_have(agent, c));
        self.contacts.iter().filter(gets).map(|c| (self.rank(c, fit(c)), c.id)).min().map(|(_, id)| id)
    }
}

fn is_timed(step: &RelaxStep) -> bool {
    step.when.is_none() || step.after_ms > 0
}
