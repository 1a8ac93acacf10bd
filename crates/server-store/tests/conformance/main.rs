//! What every store of a workspace does, as sentences, run for each implementation. And the files around it.

#![allow(clippy::unwrap_used, reason = "a test says by its panic that something was not as it should be")]

mod accounts;
mod builder;
mod conflicts;
mod data;
mod files;
mod forgetting;
mod histories;
mod hostile;
mod keys;
mod logs;
mod members;
mod one;
mod pages;
mod people;
mod records;
mod rest;
mod schemas;
mod scopes;
mod sums;
mod wipes;
mod world;

/// Runs cases, each a function of a way to make a store, for every implementation.
macro_rules! conformance {
    ($($module:ident: $($case:ident),+;)+) => {
        mod on_a_file {
            $($(#[test] fn $case() { crate::$module::$case(crate::world::file) })+)+
        }
        mod in_memory {
            $($(#[test] fn $case() { crate::$module::$case(crate::world::memory) })+)+
        }
    };
}

conformance! {
    logs:
        an_op_that_is_sent_again_gets_the_same_answer_and_happens_once,
        a_gap_is_answered_with_the_seq_that_is_expected,
        an_altered_op_is_refused_and_the_first_one_stands,
        an_altered_op_at_the_next_seq_takes_its_place,
        another_history_of_a_log_is_a_fork,
        a_refused_op_takes_its_place_in_the_chain,
        ops_that_cannot_be_read_take_their_place,
        nothing_is_answered_when_the_commit_fails,
        a_dropped_batch_leaves_nothing_behind,
        pushes_of_one_group_see_each_other,
        every_op_is_kept_as_it_came,
        a_device_that_has_seen_more_begins_a_new_history;
    conflicts:
        a_held_op_changes_nothing_and_its_conflict_is_a_record,
        mine_writes_the_value_and_all_else_that_the_op_does,
        theirs_keeps_all_else_that_the_op_does,
        a_value_is_written_in_the_place_of_both,
        dependents_wait_with_the_held_op_and_follow,
        what_waits_is_told_by_device_until_it_is_settled,
        a_resolution_that_was_overtaken_gets_the_fresh_pair,
        an_op_that_is_given_up_closes_its_conflict,
        an_undo_withdraws_what_is_held_and_takes_back_what_happened,
        two_records_of_one_key_meet_and_may_both_stay,
        an_owner_that_refuses_stays_while_it_has_children,
        what_waited_is_told_last_where_it_was_decided_in_the_name_of_its_author,
        an_export_tells_every_change_once_as_the_histories_do_and_every_open_conflict;
    members:
        rights_are_known_at_every_version,
        an_op_is_judged_by_the_role_at_its_place,
        a_change_that_is_carried_again_happens_once,
        who_is_removed_has_no_grants_left;
    pages:
        a_page_never_cuts_a_version_and_pages_join_up_to_the_head,
        a_page_of_bytes_ends_with_a_whole_version,
        answers_go_to_their_own_device_only,
        answers_without_rows_fill_pages_too,
        a_cursor_of_another_history_starts_again,
        a_record_comes_once_as_it_is_now;
    one:
        a_record_is_read_by_its_id_as_a_page_has_it;
    records:
        a_deleted_record_is_gone_for_who_had_it_and_untold_to_who_starts,
        what_a_deleted_record_owns_is_not_shown_and_comes_back_with_it,
        a_restored_record_comes_back_with_its_values,
        an_addition_to_a_deleted_record_counts,
        an_own_change_does_not_hide_what_another_device_wrote,
        a_small_op_on_large_records_is_refused_before_it_fills_the_history,
        the_export_is_sorted_and_exact;
    scopes:
        a_scope_comes_with_those_around_it_and_without_its_neighbours,
        what_is_made_beneath_a_scope_later_comes_too,
        what_moves_leaves_with_all_beneath_it_at_one_version,
        a_scope_that_moves_is_a_snapshot_for_whom_it_concerns,
        a_scope_that_moves_within_a_view_is_one_row,
        a_scope_comes_apart_and_joins_where_its_tail_and_the_rest_end,
        a_snapshot_of_another_view_is_not_joined,
        a_page_has_what_the_role_in_each_scope_reads,
        an_export_has_what_its_reader_may_read_by_now_in_the_lines_of_every_export,
        an_export_has_histories_and_conflicts_as_far_as_its_reader_reads_by_now,
        what_moves_to_where_a_person_may_not_read_leaves_that_persons_devices,
        a_history_tells_what_its_reader_may_read_by_now,
        what_happened_last_is_told_newest_first_of_all_or_of_a_part,
        what_happened_last_is_told_as_far_as_its_reader_reads_by_now,
        the_size_of_a_part_is_what_its_reader_reads_of_it,
        the_records_of_a_type_are_listed_as_they_are_wished,
        the_records_of_a_type_are_listed_as_far_as_their_reader_reads_by_now;
    sums:
        a_part_comes_to_what_its_rows_come_to,
        a_part_comes_to_what_its_reader_reads,
        only_the_last_page_for_who_asks_has_sums,
        conflicts_count_where_everything_is_read_by_all;
    schemas:
        an_upgrade_takes_a_place_and_the_rows_get_their_new_shape,
        ops_of_an_older_version_still_apply,
        an_older_device_reads_rows_of_its_own_version,
        an_op_of_a_newer_version_waits_and_is_taken_when_the_server_has_it,
        a_schema_that_may_not_follow_changes_nothing,
        a_value_that_does_not_fit_the_new_kind_stops_the_upgrade,
        a_held_op_is_settled_by_a_decision_of_the_older_version,
        an_undo_takes_back_what_was_done_under_an_older_version,
        histories_speak_of_what_there_is_now,
        the_same_act_is_a_duplicate_on_both_sides_of_an_upgrade,
        a_split_text_stamps_only_the_part_that_its_author_changed,
        a_dropped_field_is_kept_for_older_devices,
        keys_are_met_under_their_new_names,
        a_device_asks_for_the_versions_behind_its_own;
    keys:
        the_same_act_under_one_key_is_a_duplicate_whose_ids_lead_to_the_first,
        another_act_under_a_used_key_is_refused,
        the_key_of_a_refused_op_stays_free,
        what_builds_upon_a_refused_op_is_refused_with_it,
        what_knows_of_the_refusal_flows,
        an_addition_does_not_build_upon_a_refused_edit,
        a_refused_op_that_makes_and_edits_a_record_parks_it_as_made;
    forgetting:
        what_was_deleted_is_forgotten_after_its_time_and_stays_gone,
        a_number_is_not_given_twice,
        what_is_owned_keeps_its_owner_until_it_is_forgotten_itself,
        what_waits_keeps_what_it_is_about,
        an_addition_to_what_is_forgotten_waits_for_a_person,
        a_page_from_below_the_horizon_is_a_snapshot,
        a_pull_that_was_cut_off_begins_anew_below_the_horizon,
        a_snapshot_goes_on_while_the_horizon_moves_behind_it,
        many_are_forgotten_in_parts,
        the_history_of_what_is_forgotten_is_told;
    histories:
        the_history_names_overwritten_values,
        the_history_tells_what_an_insert_left_out,
        the_history_has_edits_that_a_delete_won_over,
        the_history_follows_a_record_through_a_batch,
        the_history_names_the_record_that_a_duplicate_stands_for;
}
