//! Code lenses, off unless wanted: what a review said of the file, at its top; and beside a definition how often it is
//! called. From what is known already; nothing is computed for them.

use crate::event_loop::Loop;

impl Loop {
    /// The client is to ask again, where it can.
    pub(crate) fn refresh_lenses(&self) {
        if self.abilities.refreshes_lenses {
            self.outbox.refresh_lenses();
        }
    }
}
