-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Makes a stock GNUmed fit for a demonstration that nobody attends: no box opens by itself. All passwords here are
-- GNUmed's publicly known ones; never put real patients into this database.
set client_min_messages to warning;
begin transaction read write;
-- "Connect / Disconnect" after each login; release notes, and messages about GNUmed's own test patients
delete from cfg.db_logon_banner;
delete from dem.message_inbox;
-- hints stay in the overview
update ref.auto_hint set popup_type = 0 where popup_type <> 0;
-- what nobody has signed opens a "clinical reminder"
insert into clin.reviewed_test_results (fk_reviewed_row, fk_reviewer, is_technically_abnormal, clinically_relevant)
  select pk, 1, abnormality_indicator is not null, abnormality_indicator is not null
  from clin.test_result result
  where not exists (select from clin.reviewed_test_results where fk_reviewed_row = result.pk);
insert into blobs.reviewed_doc_objs (fk_reviewed_row, fk_reviewer, is_technically_abnormal, clinically_relevant)
  select pk, 1, false, false from blobs.doc_obj object
  where not exists (select from blobs.reviewed_doc_objs where fk_reviewed_row = object.pk);
-- a second doctor and a nurse, whose stock accounts have expired; with fewer groups each clinical view is denied
alter role "test-doc" password 'test-doc' valid until 'infinity';
alter role "test-nurse" password 'test-nurse' valid until 'infinity';
grant "gm-logins", "gm-public", "gm-doctors", gnumed_v22 to "test-doc", "test-nurse";
commit;
