import-of = Import { $what }
import-open = Import …
import-hint = A CSV file in any encoding, or a workbook (XLSX). Its columns are proposed; nothing is written before you have seen what would become of it.
import-file = File
import-encoding = Encoding
import-encoding-found = Found by itself
import-take = Read the file
import-read-as = Read as { $encoding }.
import-read-unsure = It looks like { $encoding }, but not for certain: look at the sample. If it reads wrong, read the file again with another encoding.
import-remembered = The columns are as somebody said of a file with the same headers.
import-columns = Columns of the file
import-column = Column
import-sample = In it stands
import-goes = Goes to
import-goes-of = Column { $header } goes to
import-not = is not read
import-no-header = column { $at }, without header
import-only-find = only to find it
import-by = The same record is one that says the same in
import-duplicates = Rows whose record is there already
import-duplicates-skip = are left alone, and told
import-duplicates-update = change it; empty cells change nothing
import-duplicates-make = become a new one all the same
import-wrong-nothing = Say of one column at least where it goes.
import-wrong-twice = Two columns go to the same field.
import-run = { $count ->
    [one] Import 1 row
   *[other] Import { $count } rows
}
job-import = Import
job-edit = Change of many
job-before = What was done before
job-before-none = Nothing yet.
job-what = What
job-counts = Became
job-state-new = Nothing done yet
job-state-checking = Looking
job-state-checked = Looked at, nothing written
job-state-running = At work
job-state-done = Done
job-state-undoing = Being taken back
job-state-undone = Taken back
job-state-stopped = Stopped
job-state-failed = Failed
job-look = Look what would become
job-stop = Stop
job-on = Go on
job-gone = This is not there any more.
job-done = { $done } rows
job-done-of = { $done } of { $all }
job-would-made = { $count } would be new
job-would-changed = { $count } would be changed
job-would-skipped = { $count } would be left alone
job-would-refused = { $count } cannot be taken
job-would-back = { $count } would be taken back
job-would-kept = { $count } would stay
job-count-made = { $count } new
job-count-changed = { $count } changed
job-count-skipped = { $count } left alone
job-count-refused = { $count } not taken
job-count-back = { $count } taken back
job-count-kept = { $count } stayed: changed by somebody since
job-rows = Rows
job-rows-none = None.
job-rows-waiting = Waiting
job-rows-made = New
job-rows-changed = Changed
job-rows-skipped = There already
job-rows-refused = Not taken
job-rows-back = Taken back
job-rows-kept = Stayed
job-line = Line
job-record = Record
job-why = Why
job-undo = Take all back
job-undo-title = { $count ->
    [one] Take 1 record back?
   *[other] Take { $count } records back?
}
job-undo-hint = New ones are deleted, changed ones become what they were. What somebody changed since stays.
job-edit-run = { $count ->
    [one] Change 1 record
   *[other] Change { $count } records
}
edit-many = Change all …
edit-many-of = Change all { $what } of this list
edit-many-hint = Every record that the list shows with its filters. First you see how many, and which cannot be changed.
edit-field = Field
edit-step = Step
edit-none = none
edit-go = Look what would become
edit-empty = Without a value the field is emptied.
export-csv = Export as CSV
export-xlsx = Export as workbook (XLSX)
list-more = More
