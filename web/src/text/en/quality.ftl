## Quality
quality-own = How my contacts were judged
quality-docs = How contacts are judged
quality-one = Evaluation
quality-view = Which
quality-view-mine = Mine to judge
quality-view-disputed = Disputed
quality-view-all = All
quality-none-mine = Nothing waits for you to be judged.
quality-none-disputed = Nothing is disputed.
quality-none-all = Nothing was judged yet.
quality-none-own = None of your contacts was judged yet.
quality-scorecard = Scorecard
quality-points = Score
quality-rater = Judged by
quality-why = Why this one
quality-why-by_hand = chosen by hand
quality-why-random = by chance
quality-why-new_agent = new agent
quality-why-long_hold = long on hold
quality-why-bad_survey = unhappy customer
quality-why-calibration = calibration
quality-stage-open = To be judged
quality-stage-submitted = Handed in
quality-stage-disputed = Disputed
quality-stage-settled = Settled
quality-of = Agent { $agent } · judged by { $rater }
quality-contact = The contact, with its recording
quality-score = Score { $score }
quality-weight = weight { $weight }
quality-fatal = Fatal
quality-fatal-told = A fatal item got no point: the whole is 0.
quality-not-applicable = not applicable
quality-yes = yes
quality-no = no
quality-note = Note
quality-mark = Note where the recording is now
quality-hear = Hear it there
quality-coaching = Coaching
quality-coaching-hint = The agent reads this: what was good, and what to try next time.
quality-kept = What you fill in is kept.
quality-keeping = Being kept …
quality-hand-in = Hand in
quality-handed = Handed in: the agent sees it now.
quality-forget = Take back
quality-forget-title = Take this evaluation back?
quality-forget-hint = What was filled in so far is gone.
quality-dispute = Dispute
quality-dispute-why = You see it otherwise?
quality-dispute-hint = Say which point, and why. A supervisor answers.
quality-disputed = Disputed: a supervisor will answer.
quality-objection = { $agent } disputed { $score } · { $when }
quality-reply = { $by } answered · { $when }
quality-reply-what = Your answer to the agent
quality-reply-send = Answer
quality-replied = Answered: the agent sees it now.
quality-otherwise = Judge some points otherwise
quality-of-contact = Quality
quality-judge = Judge
quality-no-cards = There is no scorecard yet. An administrator adds one under Set-up.
quality-calibrate = Calibrate
quality-calibrate-hint = Each of them judges this contact for themselves. The agent sees none of it.
quality-calibrate-yes = Begin
quality-kappa = Agreement of the raters (Cohen’s kappa): { $kappa }
quality-pair = { $one } and { $other }: the same of { $agreed } of { $items } items, kappa { $kappa }
quality-picks = Pick contacts
quality-picks-hint = By the rule of a scorecard: by chance, of new agents, long on hold, unhappy customers. Each rater gets a part.
quality-picks-none = No scorecard names those who judge.
quality-picks-from = From
quality-picks-days = { $days ->
    [one] the last day
   *[other] the last { $days } days
  }
quality-pick = Pick
quality-picked = { $count ->
    [0] No contact was picked.
    [one] One contact was picked.
   *[other] { $count } contacts were picked.
  }
