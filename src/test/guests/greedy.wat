;; greedy: takes as much of everything as it is told to, and hands bad ranges to every import.
;;
;;   output(times: i32, bytes: i32)    writes so many bytes of output (at most 65536), so many times
;;   events(count: i32, bytes: i32)    sends so many events of so many bytes
;;   logs(count: i32, bytes: i32)      writes so many log lines of so many `x`, levels 0 to 4
;;   timers(count: i32, millis: i32)   arms the timers 0 to count - 1
;;   random(times: i32, bytes: i32)
;;   grow(pages: i32) -> i32           memory.grow: the old size, or -1
;;   table_grow(entries: i32) -> i32
;;   touch(pages: i32)                 writes a byte into each of the first so many pages
;;   fail(bytes: i32)                  fails with a message of so many letters `x`
;;   fail_utf8()                       fails with bytes that aren't UTF-8: ff fe 78
;;   log_level(level: i32)             logs "x" at any level, also those that don't exist
;;   fired() -> i64                    how often mooring_timer was called
;;   *_oob*                            calls an import with a range that isn't in memory, as long as it
;;                                     has its first page only: traps
(module
  (import "mooring" "input_read" (func $input_read (param i32 i32 i32) (result i32)))
  (import "mooring" "output_write" (func $output_write (param i32 i32)))
  (import "mooring" "event" (func $event (param i32 i32)))
  (import "mooring" "fail" (func $fail (param i32 i32)))
  (import "mooring" "log" (func $log (param i32 i32 i32)))
  (import "mooring" "config_get" (func $config_get (param i32 i32 i32 i32) (result i32)))
  (import "mooring" "random" (func $random (param i32 i32)))
  (import "mooring" "timer_set" (func $timer_set (param i32 i32)))

  (memory (export "memory") 1)
  (table $table 1 externref)
  (data (i32.const 0) "\ff\fex")
  (global $fired (mut i64) (i64.const 0))

  (func (export "output") (param $times i32) (param $bytes i32)
    (loop $again
      (if (i32.eqz (local.get $times)) (then (return)))
      (call $output_write (i32.const 0) (local.get $bytes))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br $again)))
  (func (export "events") (param $times i32) (param $bytes i32)
    (loop $again
      (if (i32.eqz (local.get $times)) (then (return)))
      (call $event (i32.const 0) (local.get $bytes))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br $again)))
  (func (export "logs") (param $times i32) (param $bytes i32)
    (memory.fill (i32.const 16) (i32.const 0x78) (local.get $bytes))
    (loop $again
      (if (i32.eqz (local.get $times)) (then (return)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (call $log (i32.rem_u (local.get $times) (i32.const 5)) (i32.const 16) (local.get $bytes))
      (br $again)))
  (func (export "timers") (param $times i32) (param $millis i32)
    (loop $again
      (if (i32.eqz (local.get $times)) (then (return)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (call $timer_set (local.get $times) (local.get $millis))
      (br $again)))
  (func (export "random") (param $times i32) (param $bytes i32)
    (loop $again
      (if (i32.eqz (local.get $times)) (then (return)))
      (call $random (i32.const 16) (local.get $bytes))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br $again)))

  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "table_grow") (param i32) (result i32)
    (table.grow $table (ref.null extern) (local.get 0)))
  (func (export "touch") (param $pages i32)
    (loop $again
      (if (i32.eqz (local.get $pages)) (then (return)))
      (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
      (i32.store8 offset=100 (i32.shl (local.get $pages) (i32.const 16)) (i32.const 1))
      (br $again)))

  (func (export "fail") (param $bytes i32)
    (memory.fill (i32.const 16) (i32.const 0x78) (local.get $bytes))
    (call $fail (i32.const 16) (local.get $bytes)))
  (func (export "fail_utf8") (call $fail (i32.const 0) (i32.const 3)))
  (func (export "log_level") (param $level i32)
    (call $log (local.get $level) (i32.const 2) (i32.const 1)))

  (func (export "mooring_timer") (param i32)
    (global.set $fired (i64.add (global.get $fired) (i64.const 1))))
  (func (export "fired") (result i64) (global.get $fired))

  (func (export "input_read_oob")
    (drop (call $input_read (i32.const 65530) (i32.const 0) (i32.const 100))))
  (func (export "input_read_oob_wrapping")
    (drop (call $input_read (i32.const 16) (i32.const 0) (i32.const -1))))
  (func (export "output_oob") (call $output_write (i32.const 65530) (i32.const 100)))
  (func (export "output_oob_wrapping") (call $output_write (i32.const -1) (i32.const 2)))
  (func (export "output_oob_empty") (call $output_write (i32.const 65537) (i32.const 0)))
  (func (export "event_oob") (call $event (i32.const 65536) (i32.const 1)))
  (func (export "fail_oob") (call $fail (i32.const 65530) (i32.const 100)))
  (func (export "log_oob") (call $log (i32.const 2) (i32.const -16) (i32.const 32)))
  (func (export "config_get_oob_key")
    (drop (call $config_get (i32.const -1) (i32.const 1) (i32.const 16) (i32.const 16))))
  (func (export "config_get_oob_value")
    (drop (call $config_get (i32.const 2) (i32.const 1) (i32.const 65530) (i32.const 100))))
  (func (export "random_oob") (call $random (i32.const 65535) (i32.const 2)))
)
