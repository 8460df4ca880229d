;; exits: every function that the server or a client may call ends with proc_exit, or doesn't.
;; It keeps the sum of what its functions add before they end.
;;
;;   _initialize            adds 1, proc_exit(0)
;;   mooring_open           adds 10, proc_exit(0)
;;   mooring_timer(status)  adds 100, proc_exit(status)
;;   mooring_close          adds 1000, proc_exit(0)
;;   _start                 adds 10000, and returns
;;   exit(status)           adds 100000, proc_exit(status)
;;   sum() -> i32
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $sum (mut i32) (i32.const 0))

  (func $add (param $n i32) (global.set $sum (i32.add (global.get $sum) (local.get $n))))
  (func $end (param $n i32) (param $status i32)
    (call $add (local.get $n))
    (call $proc_exit (local.get $status))
    (unreachable))

  (func (export "_initialize") (call $end (i32.const 1) (i32.const 0)))
  (func (export "mooring_open") (call $end (i32.const 10) (i32.const 0)))
  (func (export "mooring_timer") (param $status i32)
    (call $end (i32.const 100) (local.get $status)))
  (func (export "mooring_close") (call $end (i32.const 1000) (i32.const 0)))
  (func (export "_start") (call $add (i32.const 10000)))
  (func (export "exit") (param $status i32) (call $end (i32.const 100000) (local.get $status)))
  (func (export "sum") (result i32) (global.get $sum))
)
