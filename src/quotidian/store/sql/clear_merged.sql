/* store: remove the parts that merges have replaced. chDB does so only when a partition is dropped, of whatever
   number; this is one that no day can be in. Without it the events would take up to twice their room, and more. */
ALTER TABLE quotidian.events DROP PARTITION 2147483647
