/** What guests write to the log, and a log that nobody reads. */
@NullMarked
package dev.mooring.server.log;

import org.jspecify.annotations.NullMarked;
