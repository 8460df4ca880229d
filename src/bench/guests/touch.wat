;; touch: writes to as many pages of 1 KiB as it is told, to measure what undoing them costs.
;;
;;   touch(pages: i32) -> i64     adds one to the first word of each of so many pages, from the
;;                                second on, and returns the sum of these words
;;   touch_and_trap(pages: i32) -> i64   the same, and traps at the end
;;
;; At most 120 pages.
(module
  (memory (export "memory") 2)
  (func $touch (export "touch") (param $pages i32) (result i64)
    (local $address i32) (local $sum i64)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $pages)))
        (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
        (local.set $address (i32.add (local.get $address) (i32.const 1024)))
        (i64.store (local.get $address)
          (i64.add (i64.load (local.get $address)) (i64.const 1)))
        (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $address))))
        (br $next)))
    (local.get $sum))
  (func (export "touch_and_trap") (param $pages i32) (result i64)
    (drop (call $touch (local.get $pages)))
    unreachable))
