/**
 * What a session's state is, written down: a value that is taken between two calls, kept as long as
 * one likes, turned into bytes and read back, here or in another process.
 *
 * <p>Not for where states are kept nor for when one is taken, and it knows no engine: the guest
 * package takes a state of a space and makes a space of a state, and checks there that it fits.
 *
 * <p>Values are immutable and every method may be called on any thread.
 *
 * <h2>The format, version 1</h2>
 *
 * <p>All numbers are little-endian, as WebAssembly's memory is. {@code u32} and {@code u64} are
 * unsigned, {@code i32} is signed. Nothing is aligned and nothing is left unused; whatever follows
 * the last byte is an error. A state has one form only: equal states are equal bytes.
 *
 * <table>
 * <caption>The header, 112 bytes</caption>
 * <tr><th>at</th><th>type</th><th>is</th><th>at most</th></tr>
 * <tr><td>0</td><td>8 bytes</td><td>{@code MOORSTAT}, in ASCII</td><td></td></tr>
 * <tr><td>8</td><td>u32</td><td>the version: 1</td><td></td></tr>
 * <tr><td>12</td><td>u64</td><td>the length of all, header and checksum included, in bytes</td>
 *     <td>2,147,483,639</td></tr>
 * <tr><td>20</td><td>32 bytes</td><td>SHA-256 of the module's bytes</td><td></td></tr>
 * <tr><td>52</td><td>32 bytes</td><td>SHA-256 of the module's image, against which everything below
 *     is a difference; what it covers is the guest package's affair</td><td></td></tr>
 * <tr><td>84</td><td>u32</td><td>the memory's size, in pages of 64 KiB</td><td>65,536</td></tr>
 * <tr><td>88</td><td>u32</td><td>how many pages follow</td><td>64 for each page of 64 KiB</td></tr>
 * <tr><td>92</td><td>u32</td><td>how many globals follow</td><td>1,000,000</td></tr>
 * <tr><td>96</td><td>u32</td><td>how many tables follow</td><td>100,000</td></tr>
 * <tr><td>100</td><td>u32</td><td>how many words of segment bits follow</td><td>20,000</td></tr>
 * <tr><td>104</td><td>u32</td><td>how many timers follow</td><td>1,000,000</td></tr>
 * <tr><td>108</td><td>u32</td><td>how many table entries follow, of all tables together</td>
 *     <td>10,000,000</td></tr>
 * </table>
 *
 * <table>
 * <caption>The body, in this order</caption>
 * <tr><th>of each</th><th>type</th><th>is</th></tr>
 * <tr><td>page</td><td>u32</td><td>its number, counted in KiB from address 0; ascending, below 64
 *     times the memory's size</td></tr>
 * <tr><td></td><td>1,024 bytes</td><td>what it holds</td></tr>
 * <tr><td>global</td><td>u32</td><td>its index in the module; ascending</td></tr>
 * <tr><td></td><td>u64</td><td>its bits; an i32, an f32 and a reference have theirs in the low half
 *     and zeroes above; a reference is a function's index, or 0xFFFFFFFF for null</td></tr>
 * <tr><td>table</td><td>u32</td><td>its index in the module; ascending</td></tr>
 * <tr><td></td><td>u32</td><td>how many entries it has</td></tr>
 * <tr><td></td><td>i32, each</td><td>the entries: a function's index, or −1 for null</td></tr>
 * <tr><td>segment word</td><td>u64</td><td>64 segments, the first in the lowest bit, 1 if it was
 *     dropped: data segments, then element segments; no words if the image's hold</td></tr>
 * <tr><td>timer</td><td>i32</td><td>its id; no two are the same</td></tr>
 * <tr><td></td><td>u32</td><td>milliseconds until it is due; ascending, 0 if it is due</td></tr>
 * <tr><td>checksum</td><td>u32</td><td>CRC-32C of every byte before it; against accidents, not
 *     against forgery</td></tr>
 * </table>
 */
@NullMarked
package dev.mooring.state;

import org.jspecify.annotations.NullMarked;
