;; secrets: writes a secret wherever a guest can write, and then ends the call as it is told to.
;;
;;   hide(secret: i64, pages: i32, step: i32, ending: i32)
;;       grows memory and table, writes the secret into globals, table and, each `step` bytes, memory
;;       ending: 0 returns, 1 traps, 2 fails, 3 never returns, 4 traps in the middle of the writing
;;   found() -> i64      the secret in the global
(module
  (import "mooring" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1 64)
  (table $table 8 1000 funcref)
  (elem declare func $found)
  (data (i32.const 0) "x")
  (global $secret (mut i64) (i64.const 0))
  (global $double (mut f64) (f64.const 0))
  (func (export "hide")
    (param $secret i64) (param $pages i32) (param $step i32) (param $ending i32)
    (local $at i32)
    (global.set $secret (local.get $secret))
    (global.set $double (f64.reinterpret_i64 (local.get $secret)))
    (drop (memory.grow (local.get $pages)))
    (drop (table.grow $table (ref.func $found) (local.get $pages)))
    (table.set $table
      (i32.and (i32.wrap_i64 (local.get $secret)) (i32.const 7)) (ref.func $found))
    (loop $words
      (i64.store (local.get $at) (local.get $secret))
      (local.set $at (i32.add (local.get $at) (local.get $step)))
      (if (i32.and
            (i32.eq (local.get $ending) (i32.const 4))
            (i32.gt_u (local.get $at) (i32.const 40000)))
        (then unreachable))
      (br_if $words (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
    (if (i32.eq (local.get $ending) (i32.const 1)) (then unreachable))
    (if (i32.eq (local.get $ending) (i32.const 2))
      (then (call $fail (i32.const 0) (i32.const 1))))
    (if (i32.eq (local.get $ending) (i32.const 3)) (then (loop $for_ever (br $for_ever)))))
  (func $found (export "found") (result i64) (global.get $secret))
)
