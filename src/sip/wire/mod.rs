//! SIP bytes <-> values (floor 1). (being built)
