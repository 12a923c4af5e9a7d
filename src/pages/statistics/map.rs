//! A map of the views by country: one tile for each country, the more views the stronger. The table
//! by country has the numbers.

use std::collections::HashMap;

use leptos::prelude::*;

use crate::{
    content::i18n::{Messages, countries},
    domain::analytics::{
        Country,
        statistics::{self, Dimension, WeekStatistics},
    },
};

/// The side of a tile with its gap, in SVG units.
const TILE: u16 = 20;

/// The number of steps from few views to many.
const STEPS: u64 = 4;

/// The map, if there are views of a known country.
pub(super) fn figure(strings: &Messages, weeks: &[WeekStatistics]) -> Option<AnyView> {
    let texts = &strings.statistics;
    let shown = statistics::sum(weeks, Dimension::Country).shown.into_iter();
    let views: HashMap<Country, u64> = shown.filter_map(|(code, views)| Some((code.parse().ok()?, views))).collect();
    let most = views.iter().filter(|(country, _)| **country != Country::UNKNOWN).map(|(_, views)| *views).max()?;
    let mut tiles: Vec<_> = countries::tiles().collect();
    tiles.sort_by_key(|(_, (column, row))| (*row, *column));
    let tiles = tiles.into_iter().map(|(country, (column, row))| {
        let (x, y) = (u16::from(column) * TILE, u16::from(row) * TILE);
        let step = views.get(&country).map(|views| (views * STEPS).div_ceil(most.max(1)).to_string());
        let code = step.is_some().then(|| {
            view! {
                <text x=(x + TILE / 2).to_string() y=(y + 14).to_string()>
                    {country.to_string()}
                </text>
            }
        });
        view! {
            <g data-step=step>
                <rect x=(x + 1).to_string() y=(y + 1).to_string() width="18" height="18" rx="3" />
                {code}
            </g>
        }
    });
    let (columns, rows) = countries::MAP_SIZE;
    let size = format!("0 0 {} {}", u16::from(columns) * TILE, u16::from(rows) * TILE);
    let map = view! {
        <figure class="map">
            <svg role="img" aria-labelledby="map-title" viewBox=size>
                <title id="map-title">{texts.map()}</title>
                {tiles.collect_view()}
            </svg>
            <figcaption>{texts.map_caption(most)}</figcaption>
        </figure>
    };
    Some(map.into_any())
}
