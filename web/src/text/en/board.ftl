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

# With who waits
act = Act
act-on = What to do with { $name }
act-raise = Serve next
act-take = Take it myself
act-send = Send elsewhere…
act-call-back = Call back later
act-end = Hang up
act-end-back = Cancel the call-back
act-raised = { $name } is served next.
act-given-you = { $name } rings at your phone.
act-given = { $name } rings at { $agent }.
act-moved = { $name } waits in { $queue } now.
act-promised = { $name } hears that the place is kept, and is called back.
act-ended = Over: { $name }
act-end-title = { $name }: hang up?
act-end-hint = The caller hears the line go dead. Your name stands in the record.
act-end-hint-back = Nobody calls this customer back. Your name stands in the record.
act-send-title = Send { $name } elsewhere
act-to = To
act-choose = Choose a queue or an agent
act-queue-now = { $waiting } wait, { $ready } ready
act-agents-ready = Agents who are ready
act-first = Ahead of everybody there
act-send-yes = Send
act-refused-target_unavailable = Not taken there now: the queue is closed, full or without agents, or the agent is no longer ready.
act-refused-wrong_state = Too late: an agent is being rung, or it waits no more.
act-refused-not_allowed = This queue calls nobody back just now.
act-refused-bad_number = Nobody can be called back at this number.
act-refused-unknown_interaction = It waits no more.

# Help and messages
ask-help = Ask for help
ask-help-hint = Supervisors see and hear it at once.
ask-help-words = What for
ask-help-yes = Ask
ask-help-again = Say it anew
ask-help-over = No longer needed
asked-help = You asked for help
seen-help = { $by } has seen that you ask for help
notice-from = { $by } writes
notice-read = Read
flags = Agents who ask for help
flag-asks = asks for help
flag-seen = asks for help; seen by { $by }
flag-end = Done
flags-more = { $count } more
write = Write
write-to = Message to { $who }
write-all = Message to agents
write-whom = To
write-everybody = Everybody at work
write-words = Message
write-hint = It stands on the desktop until it is read.
write-send = Send
written = Sent.
write-left = { $count ->
    [one] Sent; 1 agent is at no desktop.
   *[other] Sent; { $count } agents are at no desktop.
}
write-refused-target_unavailable = Nobody of them is at a desktop.
write-refused-unknown_agent = Nobody is of this group.
unread = { $count ->
    [one] 1 message not read
   *[other] { $count } messages not read
}

# Alerts
alerts = Alerts
alerts-hint = Limits are set up under Set-up, Alerts.
alerts-none = Nothing was beyond its limit.
alert-see = I see to it
alert-since = Since
alert-what = What
alert-worst = Worst
alert-seen = Seen by
alert-over = Lasted
alert-on = goes on
alert-figure-waiting = Waiting
alert-figure-longest_wait = Longest wait
alert-figure-service_level = Service level
alert-figure-abandoned = Abandoned
alert-figure-ready = Ready
alert-figure-call_backs = Call-backs
alert-says-waiting = { $value } wait, more than { $limit }
alert-says-longest_wait = longest wait { $value } s, above { $limit } s
alert-says-service_level = service level { $value } %, below { $limit } %
alert-says-abandoned = { $value } % abandoned, above { $limit } %
alert-says-ready = { $value } ready, fewer than { $limit }
alert-says-call_backs = { $value } call-backs, more than { $limit }
alert-past = What happened
alert-told-seen = { $by } sees to it
alert-told-within = over: within its limit again
alert-told-hours = over: not watched at this time
alert-told-rule = over: the alert or the queue was changed in set-up
alert-sent-waiting = told to { $to }: on its way
alert-sent-sent = told to { $to }
alert-sent-failed = not told to { $to }: { $why }
