/* What a user has in hand: the timer of a contact, in its row and in the top bar, and drafts of new tickets. */
import "./clock.js";
import "./draft.js";
import "./timer.js";
