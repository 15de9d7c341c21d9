//! Lists, page by page. A cursor says after what the next page begins, so that what is made meanwhile moves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Reason;
use oauth_endpoints::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page, where nothing is said.
const USUAL: u32 = 50;
/// Items of a page at most.
const MOST: u32 = 100;

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// Those of the page.
    pub(crate) items: Vec<T>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
}

impl Paging {
    pub(crate) fn new(cursor: Option<String>, limit: Option<u32>) -> Self {
        Self { cursor, limit }
    }

    /// How many items there may be.
    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        match self.limit {
            None => Ok(USUAL),
            Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            Some(_) => Err(malformed(format!("limit: write 1 to {MOST}"))),
        }
    }

    /// After what it begins.
    pub(crate) fn after<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        let unreadable = || malformed("cursor: this is not a next_cursor of this list");
        let Some(text) = &self.cursor else { return Ok(None) };
        let plain = URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable())?;
        serde_json::from_slice(&plain).map(Some).map_err(|_| unreadable())
    }

    /// The page of a list that is read whole: what follows the item that `mark` gives the cursor's mark.
    pub(crate) fn of<T, V>(
        &self,
        all: Vec<T>,
        mark: impl Fn(&T) -> String,
        view: impl Fn(T) -> V,
    ) -> Result<Page<V>, Problem> {
        let (limit, after) = (self.limit()?, self.after::<String>()?);
        let begin = match after {
            None => 0,
            // What is gone was seen: the page begins where it would be, if that can be known, and at the end if not.
            Some(after) => all.iter().position(|item| mark(item) == after).map_or(all.len(), |at| at + 1),
        };
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = all.len().saturating_sub(begin) > size;
        let page: Vec<T> = all.into_iter().skip(begin).take(size).collect();
        let next_cursor = page.last().filter(|_| more).map(|last| written(&mark(last)));
        Ok(Page { items: page.into_iter().map(view).collect(), next_cursor })
    }
}

/// A cursor, as it is sent.
pub(crate) fn written(mark: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(mark).expect("marks have string keys only"))
}

/// A parameter that cannot be read.
pub(crate) fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(Reason::ParameterMalformed).detail(detail)
}

/// Text that is searched for: a store may not be able to hold control characters.
pub(crate) fn search(text: Option<String>) -> Result<String, Problem> {
    let text = text.unwrap_or_default();
    if text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(malformed("search: write up to 200 characters, none of which is a control character"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<String>, limit: u32) -> Page<u8> {
        let paging = Paging::new(cursor, Some(limit));
        paging.of(vec![1, 2, 3, 4, 5], u8::to_string, |item| item).expect("a good page")
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let first = page(None, 2);
        assert_eq!(first.items, [1, 2]);
        let second = page(first.next_cursor, 2);
        assert_eq!(second.items, [3, 4]);
        let third = page(second.next_cursor, 2);
        assert_eq!((third.items, third.next_cursor), (vec![5], None));
        assert_eq!(page(None, 5).next_cursor, None);
    }

    #[test]
    fn a_cursor_or_limit_that_is_none_is_refused() {
        for cursor in ["", "x", "!!", "eyJhIjoxfQ"] {
            assert!(Paging::new(Some(cursor.into()), None).after::<String>().is_err(), "{cursor}");
        }
        for limit in [0, 101, u32::MAX] {
            assert!(Paging::new(None, Some(limit)).limit().is_err(), "{limit}");
        }
    }
}
