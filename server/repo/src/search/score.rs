//! BM25 over the fields of an excerpt, word by word into one number per excerpt.
//!
//! A question of sixty identifiers has several hundred lists of excerpts. Walking them side by side, as is best for a
//! few words, costs more than adding them up one after the other, and what a question costs can be bounded only where
//! the lists are known before they are read: what is common and weighs little is left out first.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, InvertedIndexReader, Searcher, SegmentReader, Term};

use super::open_files::FIELDS;
use super::schema::Fields;
use super::view::{Columns, Found};

/// What a word in each field counts for: names, path, the text.
const BOOSTS: [f32; FIELDS] = [3.0, 0.6, 1.0];
/// With more words than this their paths are not asked.
const MANY_WORDS: usize = 16;
/// What may be read of the lists of a question's words, in excerpts.
const MOST_READ: u64 = 300_000;
/// So many words are read whatever they cost.
const ALWAYS: usize = 3;
/// The place of the path among the fields.
const PATH: usize = 1;
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// How rare the words of a question are in the index, how long its fields are, and where to read on.
pub(super) struct Rarity {
    words: Vec<Word>,
    lengths: [f32; FIELDS],
    fields: [Field; FIELDS],
    /// By segment, by field.
    segments: Vec<[Option<Arc<InvertedIndexReader>>; FIELDS]>,
}

/// One word of a question.
struct Word {
    weight: f32,
    rarity: [f32; FIELDS],
    /// Its lists: segment, field, where.
    lists: Vec<(usize, usize, TermInfo)>,
}

impl Rarity {
    /// Looks `words` up.
    pub(super) fn of(
        words: &[(String, f32)],
        fields: &Fields,
        found: Option<&Found>,
        files: usize,
    ) -> tantivy::Result<Self> {
        let all = [fields.name, fields.path_words, fields.body];
        let searcher = found.map(|found| &found.searcher);
        let segments: Vec<[Option<Arc<InvertedIndexReader>>; FIELDS]> = searcher
            .map(Searcher::segment_readers)
            .unwrap_or_default()
            .iter()
            .map(|segment| all.map(|field| segment.inverted_index(field).ok()))
            .collect();
        let mut documents = [searcher.map_or(1, Searcher::num_docs).max(1) as f32; FIELDS];
        documents[PATH] = files.max(1) as f32;
        let mut lengths = [20.0; FIELDS];
        if !segments.is_empty() {
            for (field, length) in lengths.iter_mut().enumerate() {
                let readers = segments.iter().filter_map(|fields| fields[field].as_ref());
                let tokens: u64 = readers.map(|reader| reader.total_num_tokens()).sum();
                *length = (tokens as f32 / documents[field]).max(1.0);
            }
        }
        let asked = |field: usize| words.len() <= MANY_WORDS || field != PATH;
        let mut found = Vec::with_capacity(words.len());
        for (word, weight) in words {
            let mut lists = Vec::new();
            let mut with = [0_u32; FIELDS];
            for (number, readers) in segments.iter().enumerate() {
                for (field, reader) in readers.iter().enumerate() {
                    let Some(reader) = reader.as_ref().filter(|_| asked(field)) else {
                        continue;
                    };
                    let term = Term::from_field_text(all[field], word);
                    if let Some(list) = reader.get_term_info(&term)? {
                        with[field] += list.doc_freq;
                        lists.push((number, field, list));
                    }
                }
            }
            let mut rarity = [0.0; FIELDS];
            for (field, rarity) in rarity.iter_mut().enumerate() {
                let (with, all) = (with[field] as f32, documents[field]);
                *rarity = (1.0 + (all - with + 0.5).max(0.5) / (with + 0.5)).ln();
            }
            found.push(Word {
                weight: *weight,
                rarity,
                lists,
            });
        }
        Ok(Self {
            words: found,
            lengths,
            fields: all,
            segments,
        })
    }

    /// What the `word`th word counts for in an excerpt that has it so often, its fields being so long.
    pub(super) fn score(&self, word: usize, counts: [u16; FIELDS], lengths: [u32; FIELDS]) -> f32 {
        let Some(word) = self.words.get(word) else {
            return 0.0;
        };
        let score = |field: usize| {
            let count = f32::from(counts[field]);
            let norm = self.norm(field, lengths[field]);
            BOOSTS[field] * word.rarity[field] * (K1 + 1.0) * count / (count + norm)
        };
        word.weight * (0..FIELDS).map(score).sum::<f32>()
    }

    fn norm(&self, field: usize, length: u32) -> f32 {
        K1 * (1.0 - B + B * length as f32 / self.lengths[field])
    }

    /// The best `limit` excerpts of those that `allowed` has a mark for (all without it), by segment.
    pub(super) fn best(
        &self,
        found: &Found,
        allowed: Option<&[Vec<bool>]>,
        limit: usize,
    ) -> tantivy::Result<Vec<(f32, DocAddress)>> {
        let mut best = Vec::new();
        let words = self.affordable();
        for (number, segment) in found.searcher.segment_readers().iter().enumerate() {
            let mut scores = vec![0.0_f32; segment.max_doc() as usize];
            let mut of_paths = Vec::new();
            for (field, boost) in BOOSTS.iter().enumerate() {
                let Some(reader) = &self.segments[number][field] else {
                    continue;
                };
                let lists: Vec<(&Word, &TermInfo)> = words
                    .iter()
                    .flat_map(|word| word.lists.iter().map(move |list| (*word, list)))
                    .filter(|(_, list)| list.0 == number && list.1 == field)
                    .map(|(word, list)| (word, &list.2))
                    .collect();
                if lists.is_empty() {
                    continue;
                }
                let norms = self.norms(segment, field)?;
                if field == PATH {
                    of_paths = vec![0.0; scores.len()];
                }
                let scores = match field {
                    PATH => &mut of_paths,
                    _ => &mut scores,
                };
                for (word, list) in lists {
                    let weight = word.weight * boost * word.rarity[field] * (K1 + 1.0);
                    add(scores, reader, list, weight, &norms)?;
                }
            }
            pass_on(&of_paths, &mut scores, found.columns(number as u32));
            let alive = segment.alive_bitset();
            let allowed = allowed.and_then(|allowed| allowed.get(number));
            let hits = scores.iter().enumerate().filter(|(document, score)| {
                **score > 0.0
                    && alive.is_none_or(|alive| alive.is_alive(*document as u32))
                    && allowed.is_none_or(|allowed| allowed.get(*document) == Some(&true))
            });
            best.extend(hits.map(|(document, score)| {
                (*score, DocAddress::new(number as u32, document as u32))
            }));
        }
        keep_best(&mut best, limit);
        Ok(best)
    }
}

impl Rarity {
    /// The words that are read: the strongest first, until they have cost enough.
    fn affordable(&self) -> Vec<&Word> {
        let mut words: Vec<&Word> = self.words.iter().collect();
        words.sort_by(|a, b| b.strength().total_cmp(&a.strength()));
        let mut read = 0;
        let mut taken = 0;
        words.retain(|word| {
            let cost: u64 = word
                .lists
                .iter()
                .map(|list| u64::from(list.2.doc_freq))
                .sum();
            let takes = taken < ALWAYS || read + cost <= MOST_READ;
            if takes {
                read += cost;
                taken += 1;
            }
            takes
        });
        words
    }

    /// The part of the score that depends on how long a field is, by the number that stands for the length.
    fn norms(&self, segment: &SegmentReader, field: usize) -> tantivy::Result<Norms> {
        let mut norms = [0.0; 256];
        for (id, norm) in norms.iter_mut().enumerate() {
            *norm = self.norm(field, FieldNormReader::id_to_fieldnorm(id as u8));
        }
        Ok(Norms {
            reader: segment.get_fieldnorms_reader(self.fields[field])?,
            norms,
        })
    }
}

impl Word {
    fn strength(&self) -> f32 {
        let best = (0..FIELDS).map(|field| BOOSTS[field] * self.rarity[field]);
        self.weight * best.fold(0.0, f32::max)
    }
}

/// Adds what a file's path counts for to each of its excerpts, whose documents follow that of the file.
fn pass_on(of_paths: &[f32], scores: &mut [f32], columns: &Columns) {
    for (file, &score) in of_paths
        .iter()
        .enumerate()
        .filter(|(_, score)| **score > 0.0)
    {
        let excerpts = scores.iter_mut().enumerate().skip(file + 1);
        for (_, sum) in excerpts.take_while(|(at, _)| columns.place(*at as u32).is_some()) {
            *sum += score;
        }
    }
}

struct Norms {
    reader: FieldNormReader,
    norms: [f32; 256],
}

/// Adds what one word counts for in one field.
fn add(
    scores: &mut [f32],
    reader: &InvertedIndexReader,
    list: &TermInfo,
    weight: f32,
    norms: &Norms,
) -> tantivy::Result<()> {
    let mut block = reader.read_block_postings_from_terminfo(list, IndexRecordOption::WithFreqs)?;
    while block.block_len() > 0 {
        for (&document, &count) in block.docs().iter().zip(block.freqs()) {
            let Some(score) = scores.get_mut(document as usize) else {
                continue;
            };
            let norm = norms.norms[usize::from(norms.reader.fieldnorm_id(document))];
            let count = count as f32;
            *score += weight * count / (count + norm);
        }
        block.advance();
    }
    Ok(())
}

/// Leaves the best `limit`, best first, equal ones in their order.
fn keep_best(found: &mut Vec<(f32, DocAddress)>, limit: usize) {
    let better = |a: &(f32, DocAddress), b: &(f32, DocAddress)| {
        b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1))
    };
    if found.len() > limit && limit > 0 {
        found.select_nth_unstable_by(limit - 1, better);
    }
    found.truncate(limit);
    found.sort_by(better);
}
