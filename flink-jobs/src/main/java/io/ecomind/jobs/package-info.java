/** The list of the jobs; each job's operators are in a package of its own. */
@NullMarked
package io.ecomind.jobs;

import org.jspecify.annotations.NullMarked;
