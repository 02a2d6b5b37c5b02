"""Why an understood question has no answer, in English. One sentence per error code; `.channel`: because of who else
reads."""

from __future__ import annotations

ERRORS: dict[str, str] = {
    "error.unknown_metric": "There is no number called “{subject}”.",
    "error.unknown_field": "There is no field called “{subject}”.",
    "error.unknown_member": "There is no “{subject}” in this data.",
    "error.unknown_person": "I don't know a person called “{subject}”.",
    "error.not_permitted": "You may not see this. Your manager or an admin can.",
    "error.nothing_visible": "There is nothing here that you may see. Ask your manager or an admin.",
    "error.nothing_visible.channel": (
        "There is nothing here that everyone in this channel may see. In Slack the answer comes to you alone."
    ),
    "error.whole": (
        "You asked about everybody, and you may see only part of that. Your manager or an admin can; your own numbers"
        " and place I can tell you."
    ),
    "error.whole.channel": "You asked about everybody, and not everyone in this channel may see all of that.",
    "error.only_oneself": (
        "Of these people you may see yourself alone: a best, an average or a share of one would mislead. Ask for your"
        " own number or place."
    ),
    "error.only_oneself.channel": (
        "Of these people everyone in this channel may see one at most, so a best or an average would mislead."
    ),
    "error.several": (
        "Among those you asked about are some whose numbers you may not see, and the others alone would mislead. Ask"
        " for those you may see, or a manager or an admin."
    ),
    "error.several.channel": (
        "Among those you asked about are some whose numbers not everyone in this channel may see, and the others alone"
        " would mislead."
    ),
    "error.person": "You may not see the numbers of {subject}. Their manager or an admin can.",
    "error.person.channel": "Not everyone in this channel may see the numbers of {subject}.",
    "error.group": "You may not see the numbers of {subject}. Their manager or an admin can.",
    "error.group.channel": "Not everyone in this channel may see the numbers of {subject}.",
    "error.share_total": "You may see the part, but not the total it is a share of. A manager or an admin can.",
    "error.share_total.channel": "Not everyone in this channel may see the total of that share.",
    "error.cohort_filter": (
        "A place among others, the gap and their average are told over all their numbers: of everybody, a team or a"
        " region. A condition on {subject} could single somebody out."
    ),
    "error.cohort_measure": (
        "Places and averages among others are told by the numbers of the dictionary, as they are. By a sum, a share or"
        " a part of {subject} they could give away one person's number."
    ),
    "error.cohort_period": (
        "A place among others, the gap and their average are told for a whole {grain} or longer: a shorter time could"
        " single somebody out. Ask for the {grain}."
    ),
    "error.cohort_moved": (
        "People came or left between those two periods, so the average of other people's {subject} then would come near"
        " to one person's number."
    ),
    "error.cohort_few": (
        "There are fewer than {n} others whose numbers are not yours to see: an average of so few would come near to"
        " one person's number."
    ),
    "error.not_published": "Places among others and averages of others are not published for {subject}.",
    "error.stale_data": "{subject} is late: data since {since} is missing, so I'd rather not answer with old numbers.",
    "error.not_loaded_yet": "{subject} is complete to {since} only; {period} is not loaded yet.",
    "error.future_period": "{subject} has not begun yet.",
    "error.too_large": "That is more than I may fetch at once. Please narrow it down, for example to a shorter period.",
    "error.too_many_rows": (
        "That is more than I may fetch at once. Please narrow it down, for example to a shorter period."
    ),
    "error.too_many_cells": (
        "That would be {cells} lines: {members} for each {grain}. I work out {most} at most. Ask by {fits}, leave out"
        " {field}, or name the few you mean."
    ),
    "error.too_many_cells.bare": (
        "That would be {cells} lines: {members} for each {grain}. I work out {most} at most. Leave out {field}, name"
        " the few you mean, or ask for a shorter period."
    ),
    "error.too_many_waiting": (
        "You have {n} questions waiting. I'll answer those first; please ask this one again after that."
    ),
    "error.too_many_waiting.one": (
        "You have a question waiting. I'll answer that first; please ask this one again after that."
    ),
    "error.bad_as_of": "“{subject}” is not an ISO date, nor an ISO date and time.",
    "error.out_of_memory": (
        "That needs more memory than I may use. Please narrow it down, for example to a shorter period."
    ),
    "error.rule_rows": "That rule on {subject} looks at more members than I may fetch at once. Please narrow it down.",
    "error.timed_out": "That took too long and was stopped. Please narrow it down, for example to a shorter period.",
    "error.no_data_store": "No data has been loaded yet. Run: paceline load",
    "error.damaged_store": (
        "The loaded data is damaged, and there is no older data to answer from. An admin must run: paceline load"
    ),
    "error.nothing_blocked": "No load waits to be confirmed.",
    "error.blocked_other": "{subject} is not the load that waits now, that is {id}: look at what differs again.",
    "error.candidate_damaged": "The load that waited is damaged ({subject}). Run: paceline load",
    "error.no_people": "This data does not say who people are, so nobody has numbers of their own.",
    "error.no_person": "I need to know who asks for that.",
    "error.no_team": "{subject} belongs to no team here.",
    "error.no_region": "{subject} belongs to no region here.",
    "error.me_does_not_sell": (
        "You do not sell here, so there are no numbers of your own. Name a person, a team or a region."
    ),
    "error.does_not_sell": "{subject} does not sell, so has no place in a ranking.",
    "error.rank_of_me_over": "Your own place is among people, not in a ranking by {subject}.",
    "error.rank_within_me": "A ranking needs others to compare with.",
    "error.place_within_dated": (
        "Who was transferred has a place in each of several teams: ask for the place of one person, or in one team."
    ),
    "error.rank_team_within_team": "Teams cannot be ranked within one team.",
    "error.rank_with_grain": "A ranking over time is not possible yet; name one period.",
    "error.rank_of_one_with_more": "The place of one person can't be combined with a comparison, share or average.",
    "error.tally_without_by": "Say what to count, for example customers or reps.",
    "error.benchmark_with_more": (
        "An average of peers can't be combined with a trend, comparison, share, target or ranking."
    ),
    "error.benchmark_of_several": "I can compare one number at a time with an average.",
    "error.not_computed": "There is no {subject} in this question to set a condition on or order by.",
    "error.benchmark_subject": "I can only compare one person, team or region with the average of its peers.",
    "error.having_without_benchmark": "That condition needs an average to compare with.",
    "error.share_together_without_by": "Say whose share: of which customers, products or people.",
    "error.share_reach_without_by": "Say of what: which customers, products or people together reach that share.",
    "error.share_of_several": "A share is of one number at a time.",
    "error.share_with_compare": "I can give the share in one period, not its change. Ask for each period.",
    "error.rank_of_one_by": "A place is that of one; {subject} cannot be listed beside it.",
    "error.groups_part": (
        "You may see only part of a team or region here, so a breakdown by them would mislead. Ask for your own"
        " numbers, or by person."
    ),
    "error.share_of_ratio": "{subject} is a ratio: parts of it do not add up to a whole, so it has no shares.",
    "error.share_not_additive": "{subject} cannot be added up over members, so those shares would be wrong.",
    "error.everyone_without_by": "Say who “everyone” is: reps, teams or regions.",
    "error.everyone_not_of_one_thing": "I can only list everyone for one kind of thing at a time, not by {subject}.",
    "error.not_a_number": "{subject} is a date or a text: it has no change, share, target or average.",
    "error.grain_on_snapshot": "{subject} is a number of right now; its history is not kept, so there is no trend.",
    "error.compare_snapshot": (
        "{subject} is a number of right now; its history is not kept, so there is nothing to compare with."
    ),
    "error.snapshot_with_period": "{subject} is a number of right now; it cannot be given for a period.",
    "error.snapshot_of_past": (
        "{subject} is a number of right now (data to {date}); what it was on an earlier day is not kept."
    ),
    "error.period_range": "That period lies outside of the dates there are.",
    "error.no_such_week": "There is no week {subject}.",
    "error.no_such_part": "There is no such day, week or month in that period; it has only {found}.",
    "error.no_such_holiday": "I know no holiday called “{subject}” here.",
    "error.period_open": "A period with a first and a last day is needed here.",
    "error.period_no_days": "No day is left in that period.",
    "error.period_ahead_or_back": "That may be {first} or {last}. Please say the year.",
    "error.period_order": "That period would begin on {first} and end on {last}, before it begins.",
    "error.period_part": "Only days that follow each other have an early, middle or late part, or halves.",
    "error.period_pieces": "Those days lie too far apart to be put together. Name a shorter period.",
    "error.period_to_date": "Only whole units, such as last month or last year, can be taken to date.",
    "error.buckets_in_buckets": "The answer is by day, week or month already; name that or {subject}, not both.",
    "error.cumulative_not_additive": "{subject} cannot be added up over time, so it has no running total.",
    "error.days_of_all_time": "Name a period: all time has no number of days to divide by.",
    "error.days_of_undated": "{subject} has no days of its own to be divided by.",
    "error.records_undated": "Say which date of these you mean: a list by {subject} has no period of its own.",
    "error.records_of_several": "Say of which records {subject} is asked, by their number or name.",
    "error.field_not_of_record": "Each {of} may have several of {subject}; ask for it by what it is recorded for.",
    "error.nth_undated": "{subject} is a number of right now: nothing of it is the first or the last.",
    "error.not_a_date": "{subject} is no date.",
    "error.chosen_days_of_field": "Only periods without chosen weekdays or working days can be asked of {subject}.",
    "error.folded_over_key": "The answer is by {subject} already, so there is nothing to average or count over it.",
    "error.gap_to_place": "I may tell how far you are from the next place and from the first, not from every place.",
    "error.group_condition": "I cannot set that condition on groups.",
    "error.group_condition_on_rows": "That condition is about a number of each group, not about single rows.",
    "error.heads_of_one": "Each line is one person already, so there is nobody to count.",
    "error.moved_comparison": "A number that is compared with a named period cannot be compared again.",
    "error.not_broken_down_by": "The answer is not by {subject}, so nothing can be said for each of them.",
    "error.place_of_one_by": "Each line has its own place by {subject}; one member's place cannot stand beside it.",
    "error.place_over_what": "Say what to rank: {subject} or {other}.",
    "error.row_condition_on_groups": "{subject} belongs to single rows: it picks rows, and cannot pick groups.",
    "error.running_without_buckets": "A running number needs days, weeks or months to run over.",
    "error.units_differ": "Numbers in {subject} and in {other} cannot be added or compared.",
    "error.compare_pieces": "Those days do not follow each other: nothing is just before them. Name the other period.",
    "error.compare_all_time": "All data has nothing before it to compare with. Name a period.",
    "error.grain_compare_misaligned": "The two periods do not line up bucket by bucket.",
    "error.grain_with_named_compare": (
        "A trend can be compared with the bucket before or a year before, not with a named period."
    ),
    "error.year_ago_by_day": "Day by day against last year is not meaningful; ask by week or month.",
    "error.no_target": "There is no target for {subject}.",
    "error.target_period": "Targets of {subject} are per {grain}: ask for one whole {grain}, or several.",
    "error.target_period.bare": "Targets of {subject} are for other periods: ask for whole ones.",
    "error.target_grain": "Targets of {subject} are per {grain}: they can't be shown for each {by}.",
    "error.target_grain.bare": "Targets are for longer periods: ask by month, quarter or year.",
    "error.target_transfer": (
        "Somebody went from one team to another in the middle of a target: whose that part of it is cannot be told. Ask"
        " for targets by person."
    ),
    "error.target_with_product_filter": "Targets are set per person and period, not by {subject}.",
    "error.target_not_additive": "The target of {subject} holds for one person and one period; it cannot be added up.",
    "error.pace_not_additive": "{subject} does not grow over a period: there is no pace to it, only the target itself.",
    "error.field_unreachable": "{metric} is not recorded by {subject}.",
    "error.field_unreachable.bare": "That number is not recorded by {subject}.",
    "error.ambiguous_path": "There is more than one way to {subject} here; the model must say which.",
    "error.filter_values": "That condition on {subject} does not have the right number of values.",
    "error.filter_type": "“{subject}” is not a value of {field}.",
    "error.control_character": "There is a character in the question that I can't use.",
    "error.unsupported": "These parts do not go together: {subject}.",
    "error.slack_token": "{subject}: {reason}. Copy the token again from the app's settings in Slack.",
    "error.slack_unreachable": "Slack cannot be reached at {subject}: {reason}.",
    "error.denied.other": "You may not see or do this: {subject}.",
    "error.combination.other": "These parts do not go together: {subject}.",
    "error.unknown.other": "I don't know “{subject}”.",
    "error.other": "That did not work: {subject} ({code}).",
    "error.internal": "Something went wrong on my side. It is logged under {reference}; an admin can look it up.",
    "error.what_if_not_additive": "{subject} cannot be added up, so one more of it would not simply be on top.",
    "error.why_not_additive": "{subject} cannot be added up, so its change has no parts.",
    "error.outlook_not_additive": "{subject} cannot be added up over days, so a month cannot be told from a part.",
    "error.unknown_funnel": "There is no funnel called “{subject}”.",
    "error.funnel_by_its_steps": "The steps of this funnel are already by {subject}: break it down by something else.",
    "error.best_unseen": (
        "Who is best by {subject}, and what they do, is told to those who may see everybody's numbers. Ask for your own"
        " team, or for your own place."
    ),
    "error.best_unseen.channel": (
        "Not everyone in this channel may see everybody's numbers, so I don't say what the best by {subject} do."
    ),
    "error.best_without_me": "You have no number of {subject} here to set beside the best.",
    "error.best_of_all": "By {subject} nobody is ahead of anybody else here, so there is nothing to compare.",
}
