-- SPDX-FileCopyrightText: 2026 The Wardesk authors
-- SPDX-License-Identifier: Apache-2.0
--
-- 200 invented patients (#15 to #214) with problems, visits, notes and laboratory results. Names and findings come from
-- the lists below and a fixed seed: they are the same in each build, and nobody's.
begin transaction read write;
set local session authorization "any-doc";
select setseed(0.2026);

create function pg_temp.pick(choices text[]) returns text language sql volatile as
  $$ select choices[1 + floor(random() * cardinality(choices))::int] $$;

-- A visit: encounter, problem, episode, notes and blood count. Returns when the next one may be.
create function pg_temp.visit(patient int, start timestamptz, is_open boolean) returns timestamptz language plpgsql as $$
declare
  encounter int; issue int; episode int; item record; value numeric;
begin
  insert into clin.encounter (fk_patient, fk_type, fk_location, reason_for_encounter, started, last_affirmed)
    values (patient, 7, (select fk_org_unit from dem.praxis_branch limit 1),
      pg_temp.pick('{ward round,admission,wound check,fever,chest pain,shortness of breath,dressing change,pre-operative check}'),
      start, start + interval '20 min')
    returning pk into encounter;
  insert into clin.health_issue (description, fk_encounter, is_active, clinically_relevant)
    values (pg_temp.pick('{arterial hypertension,type 2 diabetes mellitus,chronic obstructive lung disease,atrial fibrillation,coronary artery disease,fracture of femoral neck,pneumonia,gallstones,chronic kidney disease,hypothyroidism}'),
      encounter, true, true)
    returning pk into issue;
  insert into clin.episode (fk_health_issue, description, is_open, fk_encounter)
    values (issue, 'stay of ' || to_char(start, 'YYYY-MM-DD'), is_open, encounter)
    returning pk into episode;

  insert into clin.clin_narrative (clin_when, fk_encounter, fk_episode, soap_cat, narrative)
    select start, encounter, episode, note.category, pg_temp.pick(note.texts) || ' (' || round || ')'
    from generate_series(1, 2) as round, (values
      ('s', '{slept well and without pain,complains of pain on movement,nauseous since the morning,dizzy when standing up,better than yesterday}'::text[]),
      ('o', '{RR 130/80 P 72 T 36.8,RR 150/95 P 88 T 37.4,RR 110/70 P 64 T 36.5,lungs clear and abdomen soft,wound dry without redness}'),
      ('a', '{stable,improving,needs watching,expected course}'),
      ('p', '{go on as before,mobilise twice a day,laboratory control tomorrow,adjust analgesics,plan the discharge}')
    ) as note (category, texts);

  -- leukocytes, erythrocytes, thrombocytes and C-reactive protein of GNUmed's own list of tests
  for item in select * from (values
      (6, 7.5, 6.0, 'Gpt/l', 3.9, 10.2), (7, 4.6, 1.4, 'Tpt/l', 4.0, 5.6),
      (8, 260, 200, 'Gpt/l', 150, 370), (9, 12, 24, 'mg/l', 0, 5)) as t (test, middle, spread, unit, low, high) loop
    value := greatest(round((item.middle + (random() - 0.5) * item.spread)::numeric, 1), 0.1);
    insert into clin.test_result (clin_when, fk_encounter, fk_episode, fk_type, val_num, val_unit, val_normal_min,
        val_normal_max, abnormality_indicator, material, fk_intended_reviewer)
      values (start, encounter, episode, item.test, value, item.unit, item.low, item.high,
        case when value > item.high then '+' when value < item.low then '-' end, 'blood', 1);
  end loop;
  return start + interval '1 day' + interval '6 hours' * random();
end $$;

do $$
declare
  family text[] := '{Abel,Brandt,Carstens,Dietz,Ebert,Falk,Gerlach,Hartung,Ilgner,Jansen,Kessler,Lorenz,Mertens,Nagel,Oswald,Pohl,Quandt,Riedel,Sander,Thiele,Uhlig,Voss,Wendt,Zander}';
  men text[] := '{Anton,Bernd,Carl,Dieter,Emil,Frank,Georg,Henrik,Ivo,Jonas,Karl,Lars,Milan,Norbert,Otto,Peter}';
  women text[] := '{Anna,Birgit,Clara,Doris,Emma,Frieda,Greta,Helene,Ida,Julia,Karin,Lena,Marta,Nora,Olga,Petra}';
  patient int; sex text; visit_at timestamptz; visits int;
begin
  for i in 0 .. 199 loop
    sex := case when random() < 0.5 then 'm' else 'f' end;
    insert into dem.identity (gender, dob) values (sex, date '1930-01-01' + (random() * 27000)::int) returning pk into patient;
    -- two initials that count, so that no two patients share a name
    insert into dem.names (id_identity, active, lastnames, firstnames) values (patient, true, pg_temp.pick(family),
      pg_temp.pick(case sex when 'm' then men else women end) || ' ' || chr(65 + i / 26) || '.' || chr(65 + i % 26) || '.');
    insert into clin.patient (fk_identity) values (patient);

    visit_at := now() - interval '30 days' * random() - interval '6 days';
    visits := 1 + floor(random() * 3)::int;
    for visit in 1 .. visits loop
      visit_at := pg_temp.visit(patient, visit_at, visit = 1);
    end loop;
    if i % 17 = 0 then
      insert into clin.waiting_list (fk_patient, urgency, list_position, comment, area)
        values (patient, floor(random() * 3)::int, (select coalesce(max(list_position), 0) + 1 from clin.waiting_list),
          pg_temp.pick('{ward round,admission,fever,wound check}'), 'Ward ' || 1 + i % 4);
    end if;
  end loop;
end $$;
commit;
