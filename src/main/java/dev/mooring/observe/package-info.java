/**
 * What is known of a running server as numbers: its figures at one moment, the meters that
 * dashboards read, how long calls take, and the line that the log gets of it all.
 *
 * <p>It asks transport, sessions, guests and modules, and none of them knows it.
 */
@NullMarked
package dev.mooring.observe;

import org.jspecify.annotations.NullMarked;
