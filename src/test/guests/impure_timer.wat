;; impure_timer: initialisation arms a timer of 10 ms; `value` counts how often it fired.
;; So each session must initialise itself.
;;
;;   initialized() -> i32    1: how often this session's state saw initialisation
;;   value() -> i64          what initialisation got, if anything
(module
  (import "mooring" "timer_set" (func $timer_set (param i32 i32)))
  (memory (export "memory") 1)
  (global $initialized (mut i32) (i32.const 0))
  (func $init (export "_initialize")
    (call $timer_set (i32.const 1) (i32.const 10))
    (global.set $initialized (i32.add (global.get $initialized) (i32.const 1))))
  (func (export "mooring_timer") (param i32)
    (i64.store (i32.const 16) (i64.add (i64.load (i32.const 16)) (i64.const 1))))
  (func (export "initialized") (result i32) (global.get $initialized))
  (func (export "value") (result i64) (i64.load (i32.const 16)))
)
