## Wallboard
queues = Queues
agents = Agents
calls-active = Calls now
call-backs = { $count } call-backs open
longest-wait = Longest wait
service-level = Service level
offered = Offered
answered = Answered
abandoned = Abandoned
abandoned-hint = { $count } of them within { $s } s: not counted in the service level
asa = Mean answer
asa-hint = Average speed of answer: mean wait of answered calls
agents-ready = Ready
agents-busy = On a call
formula = { $name }: answered within { $t } s ÷ (answered + abandoned − abandoned within { $s } s). Target { $target }.
level-calm = Normal
level-warn = Watch
level-act = Act now
only-present = Signed in only
search-agent = Find an agent
for = For
phone-there = There
phone-gone = Not there
actions = Actions
change-state = Change the state of { $name }
sign-out-agent = Sign out
no-agents = No agent fits.
who-open = Who waits, and why
who-title = Waiting: { $queue }
who-none = Nobody waits here now.
who-call-back = Call-back
who-nobody = No agent can have it now
who-rings = Rings: { $name }
who-alone = Kept for { $name }
who-alone-until = Kept for { $name }, { $left } more
who-priority = Priority { $priority }
who-bonus = Head start { $seconds } s
who-stage = Relaxation step { $stage }
together = Chosen agents
together-all = Choose all { $count } shown
together-count = { $count ->
    [one] 1 agent chosen
   *[other] { $count } agents chosen
}
together-none = Choose nobody
together-title = { $count ->
    [one] 1 agent: { $state }?
   *[other] { $count } agents: { $state }?
}
together-hint = It counts at once, under your name; they see the new state.
together-working = For { $count } of them who are at work, when their contact is over.
together-done = { $count ->
    [one] 1 agent was told.
   *[other] { $count } agents were told.
}
together-left = { $count ->
    [one] 1 agent was left out
   *[other] { $count } agents were left out
}
together-no-phone = No phone of theirs is registered.
together-not-in = Not signed in.
all-groups = All groups
each-group = Each group apart
past-title = The board of an earlier moment
past-open = Look back
past-now = Back to now
past-as = As it was: { $time }
past-slider = Moment, by the minute
past-steps = Step by minutes
past-earlier = { $minutes } minutes earlier
past-later = { $minutes } minutes later
past-exact = Exact time
past-quiet = The last event before was { $time }: perhaps the server was not running.
past-ringing = Ringing
unit-min = min
center-time = { $time } in { $zone }
trouble-first = Trouble first
only-trouble = Trouble only
search-queue = Find a queue
no-queues = No queue fits.
trend-head = Last hour
trend = Waiting over the last hour: { $most } at most
wall-open = Wall
wall-hint = The board alone, on the whole screen (W). Esc comes back.
wall-leave = Back to the board (Esc)
board-stale = No link to the server: these are the figures of { $time }.
force-title = { $name }: { $state }?
force-hint = It counts at once, under your name; the agent sees the new state.
force-hint-working = The agent is at work. It counts when this contact is over, under your name.
