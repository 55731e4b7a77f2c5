## Campaigns
campaign = Campaign
campaigns-none = No campaign is set up. An administrator adds one to the center.
campaigns-docs = How campaigns work
campaign-list = List
campaign-now = Now
campaign-abandoned = Abandoned
campaign-abandoned-about = Answered calls without an agent in this window of the law, and how many more may be
campaign-abandoned-of = { $abandoned } of { $budget } more
campaign-penetration = Share of the list that was called
campaign-entries = { $open } of { $all } open
campaign-called = { $percent } % called
campaign-live = { $calling } calling · { $talking } talking · { $agents ->
    [one] one agent
   *[other] { $agents } agents
  }
campaign-live-sums = { $dials } calls, { $connected } spoken with
campaign-start = Start
campaign-pause = Pause
campaign-finish = Finish
campaign-finish-title = Finish { $name }?
campaign-finish-hint = It makes no more calls and cannot be started again. Talks go on.
campaign-load = Load a list
campaign-loaded = { $name }: { $count } more on the list
campaign-report = { $name }: of { $rows } rows { $taken } taken, { $twice } on the list already, { $forbidden } not to be called, { $refused } not readable
campaign-refused = Line { $line }: { $why }
campaign-why-bad_number = no number that can be called
campaign-why-bad_zone = no time zone that is known
campaign-why-too_long = too long, or too many columns
campaign-state-draft = Draft
campaign-state-running = Running
campaign-state-paused = Paused
campaign-state-finished = Finished
campaign-mode-manual = Agents ask for calls
campaign-mode-preview = Preview
campaign-mode-progressive = Progressive
campaign-mode-power = Power
campaign-mode-predictive = Predictive
campaign-mode-agentless = Message
campaign-not-now-paused = paused
campaign-not-now-nobody_to_call = nobody may be called now
campaign-not-now-all_lines = all lines in use
campaign-not-now-no_agent_free = no agent is free
campaign-not-now-agents_ask = agents decide
campaign-not-now-no_budget = the budget is used up
campaign-not-now-window_ends = the window of the law ends
campaign-not-now-too_early = too early
campaign-not-now-ratio = as many calls as the ratio allows
forbidden-title = Not to be called
forbidden-hint = Who does not want to be called is called by no campaign, from the next second on.
forbidden-number = Number
forbidden-look = Look up
forbidden-listed = Not to be called
forbidden-not-listed = May be called
forbidden-since = since { $when }, { $by }
forbidden-why = Why, in a few words
forbid = Do not call any more

## Calls of campaigns
preview-title = Next call
preview-dial = Call now
preview-skip = Somebody else
preview-until = Calls by itself in { $time }
campaign-of = Campaign
campaign-person = On the list
campaign-script = What to say
campaign-fields = From the list
