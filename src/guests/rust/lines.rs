//! lines: cuts a stream of bytes into lines, and sends those that match as events.
//!
//!   feed             input: the next piece of the stream; a piece may end within a line
//!   finish           ends the last line, if the stream doesn't end in a newline
//!   seen() -> i64    how many lines have ended
//!   sent() -> i64    how many of them were sent
//!
//! Event: one line, without its "\n" or "\r\n".
//!
//! Config: contains, upper. A server sends at most so many events per call (256 unless configured):
//! `feed` with more matching lines fails as a whole and changes nothing, so feed again in smaller
//! pieces.

mod mooring;

mooring::config_keys!(
    b"contains: send only the lines that contain this text (default: all lines)
upper: true sends lines with a-z turned into A-Z (default: false)
"
);

struct Lines {
    contains: Vec<u8>,
    upper: bool,
    open: Vec<u8>, // what has arrived of the line that hasn't ended
    seen: i64,
    sent: i64,
}

static LINES: mooring::State<Lines> = mooring::State::new(Lines {
    contains: Vec::new(),
    upper: false,
    open: Vec::new(),
    seen: 0,
    sent: 0,
});

impl Lines {
    fn feed(&mut self, piece: &[u8]) {
        let mut parts = piece.split(|byte| *byte == b'\n');
        // Every part but the last is followed by a newline.
        if let Some(last) = parts.next_back() {
            for part in parts {
                self.open.extend_from_slice(part);
                self.end_line();
            }
            self.open.extend_from_slice(last);
        }
    }

    fn end_line(&mut self) {
        self.seen += 1;
        if self.open.last() == Some(&b'\r') {
            self.open.pop();
        }
        if contains(&self.open, &self.contains) {
            if self.upper {
                self.open.make_ascii_uppercase();
            }
            self.sent += 1;
            mooring::send_event(&self.open);
        }
        self.open.clear();
    }
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    text.is_empty() || line.windows(text.len()).any(|window| window == text)
}

#[no_mangle]
pub extern "C" fn feed() {
    LINES.with(|lines| {
        let mut buffer = [0; 1024];
        let mut at = 0;
        loop {
            let piece = mooring::read_input(&mut buffer, at);
            if piece.is_empty() {
                break;
            }
            lines.feed(piece);
            at += piece.len();
        }
    })
}

#[no_mangle]
pub extern "C" fn finish() {
    LINES.with(|lines| {
        if !lines.open.is_empty() {
            lines.end_line();
        }
    })
}

#[no_mangle]
pub extern "C" fn seen() -> i64 {
    LINES.with(|lines| lines.seen)
}

#[no_mangle]
pub extern "C" fn sent() -> i64 {
    LINES.with(|lines| lines.sent)
}

#[no_mangle]
pub extern "C" fn mooring_open() {
    LINES.with(|lines| {
        lines.contains = mooring::config("contains").unwrap_or_default();
        lines.upper = match mooring::config("upper").as_deref() {
            None | Some(b"false") => false,
            Some(b"true") => true,
            Some(_) => mooring::fail("upper must be true or false"),
        };
    })
}
