## Call-backs
tasks-none = Nothing is owed to anybody.
tasks-title = To be called by hand
line-title = Open call-backs
line-none = Nobody waits to be called back.
line-place = Place
line-asked = Asked at
line-state-waiting = Waiting
line-state-ringing = Agent’s phone rings
line-state-dialling = Customer’s phone rings
line-state-talking = Talking
line-due = again { $when }
line-attempts = { $count ->
    [one] tried once
   *[other] tried { $count } times
}
line-cancel = Do not call back
line-cancel-title = Do not call { $who } back?
line-cancel-hint = The place in the line is given up. It stands in the record under your name.
line-cancelled = { $who } is not called back.
line-too-late = An agent is on the line for it already.
task-due = due { $when }
task-kind-callback = Call back
task-kind-voicemail = Message
task-for = for { $who }
task-after-interrupted = The call was cut off when the server stopped.
task-after-abandoned = The caller gave up waiting.
task-after-voicemail = The caller left a message.
task-contact = What happened
task-complete = Done
task-done = Done: { $who }
told-title = Told to you
told-none = No rule has told you anything.
told-read = All read
told-unread = not read yet
told-gone = deleted meanwhile
told-stopped = Rules made records in a circle and were stopped: { $path }
