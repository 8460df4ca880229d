;; deep: does one thing of every kind at the bottom of a recursion, to see what happens when the
;; stack ends in the middle of it.
;;
;;   deep(depth: i32, what: i32) -> i32   recurses so deep, counts one, does it, gives the depth back
;;   get() -> i64                         how many of these have committed
;;
;; What: 0 nothing; 1 store; 2 store across two pages; 3 fill; 4 copy; 5 grow by a page; 6 grow by 20
;; pages and write into the last; 7 table.set; 8 table.grow; 9 output_write; 10 event; 11 log; 12
;; config_get; 13 random; 14 timer_set; 15 input_read; 16 time_unix_nanos; 17 fd_write; 18
;; environ_sizes_get; 19 memory.init; 20 fail; others trap.
(module
  (import "mooring" "output_write" (func $output_write (param i32 i32)))
  (import "mooring" "event" (func $event (param i32 i32)))
  (import "mooring" "log" (func $log (param i32 i32 i32)))
  (import "mooring" "config_get" (func $config_get (param i32 i32 i32 i32) (result i32)))
  (import "mooring" "random" (func $random (param i32 i32)))
  (import "mooring" "timer_set" (func $timer_set (param i32 i32)))
  (import "mooring" "input_read" (func $input_read (param i32 i32 i32) (result i32)))
  (import "mooring" "time_unix_nanos" (func $time_unix_nanos (result i64)))
  (import "mooring" "fail" (func $fail (param i32 i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))

  (memory (export "memory") 2 48)
  (table $table 4 4000 funcref)
  (data (i32.const 0) "key")
  (data (i32.const 64) "\00\00\00\00\03\00\00\00")  ;; one vector of fd_write: "key"
  (data $bytes "passive")
  (global $count (mut i64) (i64.const 0))
  (elem declare func $act)

  (func $act (param $what i32)
    (global.set $count (i64.add (global.get $count) (i64.const 1)))
    (block $fail (block $init (block $environ (block $fd (block $time (block $input (block $timer
    (block $random (block $config (block $log (block $event (block $output (block $tgrow (block $tset
    (block $far (block $grow (block $copy (block $fill (block $across (block $store (block $nothing
    (block $trap
      (br_table $nothing $store $across $fill $copy $grow $far $tset $tgrow $output $event $log
        $config $random $timer $input $time $fd $environ $init $fail $trap (local.get $what)))
      unreachable)
      return)
      (i64.store (i32.const 70000) (global.get $count)) (return))
      (i64.store (i32.const 5116) (global.get $count)) (return))
      (memory.fill (i32.const 8192) (i32.wrap_i64 (global.get $count)) (i32.const 20000)) (return))
      (memory.copy (i32.const 40000) (i32.const 0) (i32.const 9000)) (return))
      (drop (memory.grow (i32.const 1))) (return))
      (if (i32.ne (memory.grow (i32.const 20)) (i32.const -1))
        (then
          (i64.store
            (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8))
            (global.get $count))))
      (return))
      (table.set $table (i32.const 2) (ref.func $act)) (return))
      (drop (table.grow $table (ref.func $act) (i32.const 1))) (return))
      (call $output_write (i32.const 0) (i32.const 120000)) (return))
      (call $event (i32.const 0) (i32.const 3)) (return))
      (call $log (i32.const 2) (i32.const 0) (i32.const 3)) (return))
      (drop (call $config_get (i32.const 0) (i32.const 3) (i32.const 3000) (i32.const 100)))
      (return))
      (call $random (i32.const 3000) (i32.const 100)) (return))
      (call $timer_set (i32.const 1) (i32.const 1)) (return))
      (drop (call $input_read (i32.const 3000) (i32.const 0) (i32.const 100))) (return))
      (drop (call $time_unix_nanos)) (return))
      (drop (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 128))) (return))
      (drop (call $environ_sizes_get (i32.const 128) (i32.const 132))) (return))
      (memory.init $bytes (i32.const 50000) (i32.const 0) (i32.const 7)) (return))
      (call $fail (i32.const 0) (i32.const 3)))

  (func $deep (export "deep") (param $depth i32) (param $what i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (call $act (local.get $what)) (return (i32.const 0))))
    (i32.add
      (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $what))
      (i32.const 1)))
  (func (export "get") (result i64) (global.get $count))
)
