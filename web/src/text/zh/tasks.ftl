## 回电任务
tasks-none = 没有待办的回电。
tasks-title = 待人工回电
line-title = 未完成的回电
line-none = 当前没有人等待回电。
line-place = 位置
line-asked = 申请时间
line-state-waiting = 排队中
line-state-ringing = 坐席振铃
line-state-dialling = 正在呼叫客户
line-state-talking = 通话中
line-due = { $when } 再次回电
line-attempts = { $count ->
   *[other] 已尝试 { $count } 次
}
line-cancel = 取消回电
line-cancel-title = 不再回电给 { $who }？
line-cancel-hint = 排队位置将被释放，并以您的名义记录。
line-cancelled = 已取消给 { $who } 的回电。
line-too-late = 已有坐席在处理此回电。
task-due = { $when } 到期
task-kind-callback = 回电
task-kind-voicemail = 留言
task-for = 给 { $who }
task-after-interrupted = 服务器停止时通话被中断。
task-after-abandoned = 来电者在等待中挂断。
task-after-voicemail = 来电者留了言。
task-contact = 联络经过
task-complete = 已完成
task-done = 已完成：{ $who }
told-title = 给您的通知
told-none = 目前没有通知。
told-read = 全部标为已读
told-unread = 未读
told-gone = 记录已被删除
told-stopped = 规则循环新建记录，已停止：{ $path }
