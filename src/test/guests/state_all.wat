;; state_all: state of every kind that WebAssembly has, each with a way to change it and to see it.
;;
;;   set(value: i64)       puts it into every number global (as i32, f32, f64 too) and into memory
;;   numbers() -> (i32, i64, f32, f64, i64)   the globals, and the word in memory
;;   set_ref(slot: i32)    makes the funcref global the table's entry; -1: null
;;   call_ref() -> i32     calls it, by way of slot 3; traps if it is null
;;   put(slot: i32, function: i32)   table.set: 0 makes it null, 1 to 3 put one of three functions
;;                                   there
;;   call(slot: i32) -> i32          calls the entry: 1 to 3; traps if it is null
;;   extern_null() -> i32            1 if the externref global is null (it always is)
;;   grow(pages: i32) -> i32, pages() -> i32
;;   table_grow(entries: i32) -> i32, entries() -> i32
;;   init()                memory.init and table.init from the passive segments; traps when dropped
;;   drop_data(), drop_elem()
;;   word() -> i64         what init copied: "passive!", or 0 before
;;   trap()                changes all of the above, then traps
(module
  (type $number (func (result i32)))
  (memory (export "memory") 1 8)
  (table $functions 4 16 funcref)
  (table $externs 2 16 externref)
  (elem (table $functions) (i32.const 0) func $one $two)
  (elem $passive func $three $two $one)
  (data $bytes "passive!")

  (global $i32 (mut i32) (i32.const 1))
  (global $i64 (mut i64) (i64.const 2))
  (global $f32 (mut f32) (f32.const 3))
  (global $f64 (mut f64) (f64.const 4))
  (global $func (mut funcref) (ref.func $one))
  (global $extern (mut externref) (ref.null extern))
  (global $constant i64 (i64.const 7))

  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func $three (result i32) (i32.const 3))

  (func $set (export "set") (param i64)
    (global.set $i32 (i32.wrap_i64 (local.get 0)))
    (global.set $i64 (local.get 0))
    (global.set $f32 (f32.convert_i64_s (local.get 0)))
    (global.set $f64 (f64.convert_i64_s (local.get 0)))
    (i64.store (i32.const 4096) (local.get 0)))
  (func (export "numbers") (result i32 i64 f32 f64 i64)
    (global.get $i32) (global.get $i64) (global.get $f32) (global.get $f64)
    (i64.load (i32.const 4096)))

  (func $set_ref (export "set_ref") (param $slot i32)
    (if (i32.eq (local.get $slot) (i32.const -1))
      (then (global.set $func (ref.null func)))
      (else (global.set $func (table.get $functions (local.get $slot))))))
  (func (export "call_ref") (result i32)
    (table.set $functions (i32.const 3) (global.get $func))
    (call_indirect $functions (type $number) (i32.const 3)))

  (func $put (export "put") (param $slot i32) (param $function i32)
    (block $three (block $two (block $one (block $null
      (br_table $null $one $two $three (local.get $function)))
      (table.set $functions (local.get $slot) (ref.null func)) (return))
      (table.set $functions (local.get $slot) (ref.func $one)) (return))
      (table.set $functions (local.get $slot) (ref.func $two)) (return))
    (table.set $functions (local.get $slot) (ref.func $three)))
  (func (export "call") (param $slot i32) (result i32)
    (call_indirect $functions (type $number) (local.get $slot)))
  (func (export "extern_null") (result i32)
    (table.set $externs (i32.const 1) (global.get $extern))
    (global.set $extern (table.get $externs (i32.const 0)))
    (ref.is_null (global.get $extern)))

  (func $grow (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "pages") (result i32) (memory.size))
  (func $table_grow (export "table_grow") (param i32) (result i32)
    (table.grow $functions (ref.func $three) (local.get 0)))
  (func (export "entries") (result i32) (table.size $functions))

  (func $init (export "init")
    (memory.init $bytes (i32.const 8192) (i32.const 0) (i32.const 8))
    (table.init $functions $passive (i32.const 1) (i32.const 0) (i32.const 2)))
  (func $drop_data (export "drop_data") (data.drop $bytes))
  (func $drop_elem (export "drop_elem") (elem.drop $passive))
  (func (export "word") (result i64) (i64.load (i32.const 8192)))

  (func (export "trap")
    (call $set (i64.const -99))
    (call $set_ref (i32.const -1))
    (call $init)
    (call $drop_data)
    (call $drop_elem)
    (call $put (i32.const 0) (i32.const 3))
    (drop (call $grow (i32.const 1)))
    (drop (call $table_grow (i32.const 2)))
    unreachable)
)
