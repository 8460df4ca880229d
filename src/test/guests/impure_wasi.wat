;; impure_wasi: initialisation reads the clock through WASI.
;; So each session must initialise itself.
;;
;;   initialized() -> i32    1: how often this session's state saw initialisation
;;   value() -> i64          what initialisation got, if anything
(module
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (global $initialized (mut i32) (i32.const 0))
  (func $init (export "_initialize")
    (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 16)))
    (global.set $initialized (i32.add (global.get $initialized) (i32.const 1))))
  (func (export "initialized") (result i32) (global.get $initialized))
  (func (export "value") (result i64) (i64.load (i32.const 16)))
)
