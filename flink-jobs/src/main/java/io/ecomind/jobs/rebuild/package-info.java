/** The projection written anew from Kafka, into empty tables or beside what a backup has restored. */
@NullMarked
package io.ecomind.jobs.rebuild;

import org.jspecify.annotations.NullMarked;
