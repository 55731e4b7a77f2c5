//! Objects known by key, in the order in which they were written.

/// An ordered map for a few thousand objects at most. The order counts where people see it (the
/// menu of reasons, the digit keys of dispositions) and where rules go through it (agents).
#[derive(Clone, PartialEq, Debug)]
pub struct Objects<T>(Vec<(String, T)>);

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Objects<T> {
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, object)| object)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.0.iter_mut().find(|(known, _)| known == key).map(|(_, object)| object)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Replaces the object of this key where it stands, or adds it at the end.
    pub fn insert(&mut self, key: String, object: T) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, place)) => *place = object,
            None => self.0.push((key, object)),
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<T> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(at).1)
    }

    /// Those that are named come first, in that order; the others follow as they stood.
    pub fn arrange(&mut self, keys: &[String]) {
        let place = |key: &String| keys.iter().position(|named| named == key).unwrap_or(keys.len());
        self.0.sort_by_key(|(key, _)| place(key));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(key, object)| (key.as_str(), object))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut T)> {
        self.0.iter_mut().map(|(key, object)| (key.as_str(), object))
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> FromIterator<(String, T)> for Objects<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(objects: I) -> Self {
        let mut collected = Self::default();
        for (key, object) in objects {
            collected.insert(key, object);
        }
        collected
    }
}
