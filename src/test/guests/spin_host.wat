;; spin_host: a loop that does nothing but call the host.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (import "mooring" "time_unix_nanos" (func $time_unix_nanos (result i64)))
  (global $counter (mut i64) (i64.const 0))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $last i64)
    (drop (call $inc))
    (loop $again
      (local.set $last (call $time_unix_nanos))
      (br_if $again (i64.ne (local.get $last) (i64.const 1)))))
)
