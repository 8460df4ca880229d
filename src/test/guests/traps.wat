;; traps: every way to trap, beside state that tells whether a trap was rolled back.
;;
;;   inc() -> i64      adds one to a counter kept in a global and in memory, and returns it
;;   get() -> i64      that counter; traps if global and memory disagree
;;   digest() -> i64   a hash of everything: all of memory and its size, the global, the table
;;
;; All others change the counter, memory and the table slot 7 first, and then trap in the way that
;; their name says (`*_then_trap`: change what the name says as well, then `unreachable`).
(module
  (type $thunk (func))
  (type $number (func (result i64)))

  (memory (export "memory") 2 16)
  (table $table 8 32 funcref)
  (elem (i32.const 0) func $nothing $get $inc)  ;; the slots from 3 on are null
  (elem $passive func $nothing $nothing)
  (data $bytes "passive bytes")
  (data (i32.const 1024) "some text in the first page")
  (data (i32.const 131064) "the end.")

  (global $counter (mut i64) (i64.const 0))

  (func $nothing)

  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (i64.store (i32.const 16) (global.get $counter))
    (global.get $counter))

  (func $get (export "get") (result i64)
    (if (i64.ne (global.get $counter) (i64.load (i32.const 16))) (then unreachable))
    (global.get $counter))

  (func (export "digest") (result i64)
    (local $hash i64) (local $at i32) (local $end i32)
    (local.set $hash (global.get $counter))
    (local.set $end (i32.shl (memory.size) (i32.const 16)))
    (loop $words
      (local.set $hash
        (i64.xor
          (i64.mul (local.get $hash) (i64.const 0x100000001b3))
          (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $at) (local.get $end))))
    (local.set $hash
      (i64.add (i64.mul (local.get $hash) (i64.const 31)) (i64.extend_i32_u (local.get $end))))
    (local.set $at (i32.const 0))
    (loop $slots
      (local.set $hash
        (i64.add
          (i64.mul (local.get $hash) (i64.const 31))
          (i64.extend_i32_u (ref.is_null (table.get $table (local.get $at))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $slots (i32.lt_u (local.get $at) (table.size $table))))
    (local.get $hash))

  ;; What every trapping function does before it traps.
  (func $touch
    (drop (call $inc))
    (i64.store (i32.const 70000) (i64.const 0x0123456789abcdef))
    (table.set $table (i32.const 7) (ref.func $nothing)))

  (func (export "unreachable") (call $touch) unreachable)

  ;; --- numbers
  (func (export "div_zero") (call $touch) (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "div_zero_unsigned") (call $touch) (drop (i32.div_u (i32.const 1) (i32.const 0))))
  (func (export "div_zero_i64") (call $touch) (drop (i64.div_s (i64.const 1) (i64.const 0))))
  (func (export "rem_zero") (call $touch) (drop (i32.rem_s (i32.const 1) (i32.const 0))))
  (func (export "rem_zero_i64") (call $touch) (drop (i64.rem_u (i64.const 1) (i64.const 0))))
  (func (export "div_overflow") (call $touch)
    (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "div_overflow_i64") (call $touch)
    (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))
  (func (export "trunc_overflow") (call $touch) (drop (i32.trunc_f64_s (f64.const 1e10))))
  (func (export "trunc_overflow_i64") (call $touch) (drop (i64.trunc_f32_u (f32.const -2))))
  (func (export "trunc_nan") (call $touch) (drop (i32.trunc_f32_s (f32.const nan))))

  ;; --- memory
  (func (export "load_oob") (call $touch) (drop (i32.load (i32.const 131072))))
  (func (export "load_oob_straddling") (call $touch) (drop (i64.load (i32.const 131065))))
  (func (export "load_oob_negative") (call $touch) (drop (i32.load8_u (i32.const -1))))
  (func (export "load_oob_offset") (call $touch)
    (drop (i32.load8_u offset=0xffffffff (i32.const -1))))
  (func (export "store_oob") (call $touch) (i32.store8 (i32.const 131072) (i32.const 1)))
  (func (export "store_oob_straddling") (call $touch)
    (i64.store (i32.const 131068) (i64.const -1)))
  (func (export "store_oob_offset") (call $touch)
    (i64.store offset=0xfffffff8 (i32.const 16) (i64.const -1)))
  (func (export "fill_oob") (call $touch)
    (memory.fill (i32.const 131000) (i32.const 0xff) (i32.const 1000)))
  (func (export "copy_oob") (call $touch)
    (memory.copy (i32.const 0) (i32.const 131000) (i32.const 1000)))
  (func (export "init_oob") (call $touch)
    (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 1000)))

  ;; --- tables
  (func (export "table_oob") (call $touch) (call_indirect (type $thunk) (i32.const 1000)))
  (func (export "table_null") (call $touch) (call_indirect (type $thunk) (i32.const 5)))
  (func (export "table_mismatch") (call $touch) (call_indirect (type $thunk) (i32.const 1)))
  (func (export "table_get_oob") (call $touch) (drop (table.get $table (i32.const 8))))
  (func (export "table_set_oob") (call $touch) (table.set $table (i32.const -1) (ref.null func)))
  (func (export "table_fill_oob") (call $touch)
    (table.fill $table (i32.const 4) (ref.func $nothing) (i32.const 5)))
  (func (export "table_init_oob") (call $touch)
    (table.init $table $passive (i32.const 0) (i32.const 1) (i32.const 2)))

  ;; --- the stack
  (func $deeper (param i32) (result i32)
    (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "recurse") (call $touch) (drop (call $deeper (i32.const 0))))
  (func $deeper_indirectly (call_indirect (type $thunk) (i32.const 7)) (drop (call $inc)))
  (func (export "recurse_indirectly")
    (call $touch)
    (table.set $table (i32.const 7) (ref.func $deeper_indirectly))
    (call $deeper_indirectly))
  (elem declare func $deeper_indirectly)

  ;; --- changes of every kind, and then a trap
  (func (export "memory_grow_then_trap")
    (call $touch)
    (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1)) (then (return)))
    (i64.store (i32.const 327672) (i64.const -1))  ;; the last word of the new memory
    unreachable)
  (func (export "table_set_then_trap")
    (call $touch)
    (table.set $table (i32.const 1) (ref.null func))
    (table.set $table (i32.const 4) (ref.func $inc))
    unreachable)
  (func (export "table_grow_then_trap")
    (call $touch)
    (if (i32.eq (table.grow $table (ref.func $inc) (i32.const 4)) (i32.const -1)) (then (return)))
    unreachable)
  (func (export "write_all_then_trap")
    (call $touch)
    (memory.fill (i32.const 0) (i32.const 0xa5) (i32.const 131072))
    unreachable)
  (func (export "write_each_page_then_trap")  ;; one byte in every KiB
    (local $at i32)
    (call $touch)
    (loop $pages
      (i32.store8 offset=100 (local.get $at) (i32.const 0xa5))
      (local.set $at (i32.add (local.get $at) (i32.const 1024)))
      (br_if $pages (i32.lt_u (local.get $at) (i32.const 131072))))
    unreachable)
)
