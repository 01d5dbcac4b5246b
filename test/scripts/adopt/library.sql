-- A small schema with each kind of rule that a table can have for what is written into it.
create type binding as enum ('paper', 'cloth');
create domain amount as numeric(6, 2) check (value >= 0);

create table shelf (
  code varchar(8) primary key check (code ~ '^[A-Z]+$'),
  name text not null unique check (char_length(name) between 2 and 20),
  floor smallint not null default 1
);

create table book (
  id integer generated always as identity primary key,
  isbn char(5) unique,
  title varchar(12) not null check (title <> ''),
  price amount not null,
  discount numeric(6, 2),
  rating integer check (rating between 1 and 5),
  language text not null default 'en' check (language in ('en', 'de')),
  binding binding not null default 'paper',
  tags text[] not null default '{}',
  facts jsonb,
  printed date,
  sold date,
  gross numeric(8, 2) generated always as (price * 2) stored,
  slug text not null default '',
  version integer not null default 1,
  shelf_code varchar(8) references shelf,
  successor_id integer references book on delete set null,
  constraint book_days check (printed <= sold),
  constraint book_discount check (discount is null or discount < price),
  constraint book_words check (slug !~ 'never'),
  constraint book_place unique (shelf_code, title)
);
create unique index book_slug_ix on book (lower(slug)) where slug <> '';

create function book_slug() returns trigger language plpgsql as $$
begin
  if new.title = 'secret' then raise exception 'the book % is in the poison cabinet', new.title; end if;
  new.slug := lower(new.title);
  return new;
end $$;
create trigger book_slug before insert or update on book for each row execute function book_slug();

create table reader (number integer primary key, email text not null, phone text, card text unique deferrable initially deferred);
create table loan (
  book_id integer references book, reader_number integer references reader,
  due date not null, modified timestamptz not null default now(),
  primary key (book_id, reader_number)
);
create table reminder (
  book_id integer, reader_number integer, position integer, words text not null, follows integer,
  primary key (book_id, reader_number, position),
  foreign key (book_id, reader_number) references loan on delete cascade,
  foreign key (book_id, reader_number, follows) references reminder
);
create table favourite (
  book_id integer references book on delete cascade, reader_number integer references reader, primary key (book_id, reader_number)
);
create table coordinate (id integer primary key, place point not null);
create view cheap_book as select title, price from book where price < 5;
