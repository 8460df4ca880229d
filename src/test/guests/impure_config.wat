;; impure_config: initialisation looks up the key `value`, of which it keeps 8 bytes.
;; So each session must initialise itself.
;;
;;   initialized() -> i32    1: how often this session's state saw initialisation
;;   value() -> i64          what initialisation got, if anything
(module
  (import "mooring" "config_get" (func $config_get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "value")
  (global $initialized (mut i32) (i32.const 0))
  (func $init (export "_initialize")
    (drop (call $config_get (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 8)))
    (global.set $initialized (i32.add (global.get $initialized) (i32.const 1))))
  (func (export "initialized") (result i32) (global.get $initialized))
  (func (export "value") (result i64) (i64.load (i32.const 16)))
)
