;; paced: keeps to the clock, and to what it was told.
;;
;;   add(amount: i64) -> i64           the sum of all that was added
;;   stall(millis: i32) -> i64         adds 1, and returns the sum when so much time has passed
;;   trap() -> i64                     adds 1,000, and traps
;;   arm(id: i32, millis: i32)         arms a timer
;;   disarm(id: i32)
;;
;; A timer sends an event: its id, a digit. So does the session's close: "close".
(module
  (import "mooring" "time_unix_nanos" (func $time (result i64)))
  (import "mooring" "event" (func $event (param i32 i32)))
  (import "mooring" "timer_set" (func $timer_set (param i32 i32)))
  (import "mooring" "timer_clear" (func $timer_clear (param i32)))

  (memory (export "memory") 1)
  (data (i32.const 16) "close")

  (func $add (export "add") (param $amount i64) (result i64)
    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (local.get $amount)))
    (i64.load (i32.const 0)))

  (func (export "stall") (param $millis i32) (result i64)
    (local $end i64)
    (local.set $end
      (i64.add
        (call $time)
        (i64.mul (i64.extend_i32_u (local.get $millis)) (i64.const 1000000))))
    (drop (call $add (i64.const 1)))
    (loop $again
      (br_if $again (i64.lt_s (call $time) (local.get $end))))
    (i64.load (i32.const 0)))

  (func (export "trap") (result i64)
    (drop (call $add (i64.const 1000)))
    (unreachable))

  (func (export "arm") (param $id i32) (param $millis i32)
    (call $timer_set (local.get $id) (local.get $millis)))

  (func (export "disarm") (param $id i32)
    (call $timer_clear (local.get $id)))

  (func (export "mooring_timer") (param $id i32)
    (i32.store8 (i32.const 32) (i32.add (i32.const 0x30) (local.get $id)))
    (call $event (i32.const 32) (i32.const 1)))

  (func (export "mooring_close")
    (call $event (i32.const 16) (i32.const 5))))
