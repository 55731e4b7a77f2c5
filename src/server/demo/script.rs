//! What the demo tells whoever started it: one object for programs, a page for people.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::Redacted;

pub struct Script {
    pub http: SocketAddr,
    pub sip: SocketAddr,
    /// Agent, supervisor, administrator.
    pub links: [String; 3],
    /// Agent, supervisor, administrator.
    pub tokens: [String; 3],
    /// Hotline, queue without a menu, echo.
    pub numbers: [String; 3],
    /// User and password of the visitor's desk phone.
    pub phone: (String, Redacted<String>),
    pub data: PathBuf,
}

impl Script {
    pub fn json(&self) -> String {
        super::object(self).to_string()
    }

    pub fn text(&self) -> String {
        let [agent, supervisor, admin] = &self.links;
        let [hotline, queue, echo] = &self.numbers;
        let (user, password) = &self.phone;
        format!(
            "\n  Carillon is ready.\n\n\
             \x20 Your agent seat   {agent}\n\
             \x20 Supervisor        {supervisor}\n\
             \x20 Administrator     {admin}\n\
             \x20 Docs              http://{http}/docs\n\n\
             \x20 Each link signs you in once. Start your shift in the agent seat and wait a moment: somebody calls.\n\n\
             \x20 With a SIP phone  register {user} with password {password} at {sip} (UDP or TCP),\n\
             \x20                   or call {hotline}@{sip} (hotline), {queue}@{sip} (queue), {echo}@{sip} (echo);\n\
             \x20                   waiting there, press {call_back} to be called back\n\n\
             \x20 The past          carillon replay --from -10m --data {data}\n\n\
             \x20 Ctrl-C ends it and leaves nothing behind.\n",
            http = self.http,
            sip = self.sip,
            call_back = super::CALL_BACK,
            password = password.reveal(),
            data = self.data.display(),
        )
    }
}
