//! Call-backs step by step: see [`crate::center::call_back`].

mod cancel;
mod offer;
mod outbound;

use crate::base::Instant;
use crate::center::Center;
use crate::center::call_back::{CallBackPage, OpenCallBack};

impl Center {
    /// One page of the open call-backs.
    pub fn open_call_backs(&self, now: Instant, page: &CallBackPage) -> Vec<OpenCallBack> {
        self.call_backs.page(now, page, &self.visits, &self.router)
    }
}
