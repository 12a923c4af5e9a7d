//! Two servers that share one PostgreSQL database.

use tokio::task::JoinSet;

use super::{ASKED, SERVICES, choice_of, code_in, exchange, is_refused, of_shop};
use crate::{http::tests::site::site_on_with_services, store::tests::cluster};

#[tokio::test]
async fn a_code_of_one_server_is_exchanged_at_the_other_and_only_once() {
    let database = cluster::shared().database();
    let (one, two) = (site_on_with_services(&database, 1, SERVICES), site_on_with_services(&database, 2, SERVICES));
    let mut browser = one.browser();
    browser.decide("no", "yes").await;
    let code = code_in(&browser.ask_code(ASKED).await);
    assert_eq!(choice_of(&two, &code).await["decision"]["choices"]["analytics"], true);
    for site in [&one, &two] {
        is_refused(&exchange(site, of_shop(&code)).await, "replay");
    }

    let code = code_in(&browser.ask_code(ASKED).await);
    let mut exchanges = JoinSet::new();
    for site in [&one, &two].into_iter().cycle().take(8) {
        let (site, body) = (site.clone(), of_shop(&code));
        exchanges.spawn(async move { exchange(&site, body).await.status.as_u16() });
    }
    let mut statuses = exchanges.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
}
