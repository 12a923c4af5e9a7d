//! Saves the forms inside it without leaving the page.
//!
//! The island takes nothing but its children: the state is in the server-rendered elements, so nothing is serialised for
//! the browser. A form inside is posted as the browser itself would post it, the server answers with the page that comes
//! next, and that page's inner part takes the place of this one. So there is one way of doing each thing and one
//! rendering of each state, with and without scripts. While a form waits for its answer, it takes no second press. A page
//! that the browser brings back from before is asked for anew.

use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, DomParser, Element, FormData, Headers, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    RequestInit, Response, SubmitEvent, SupportedType, UrlSearchParams,
};

/// Marks a form that waits for its answer (WAI-ARIA 1.2, 6.6).
const BUSY: &str = "aria-busy";

/// Marks the element whose content is exchanged.
const PLACE: &str = "[data-in-place]";

/// The ways of the header, of which the last depends on whether one is signed in.
const HEADER: &str = ".site-header nav";

/// The other languages, which are remembered or not as was just answered.
const LANGUAGES: &str = "#languages";

/// The button at the foot that takes back every yes, which is there while there is one.
const WITHDRAWAL: &str = "#withdrawal";

/// The forms inside are saved in place.
#[island]
pub fn InPlace(
    /// The forms, and whatever shows their state.
    children: Children,
) -> impl IntoView {
    let submit = |event: SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        if let Some(form) = form {
            event.prevent_default();
            let submitter = event.submitter().and_then(|element| element.dyn_into::<HtmlButtonElement>().ok());
            if form.has_attribute(BUSY) {
                return;
            }
            let _ = form.set_attribute(BUSY, "true");
            tell(&form, Some(FormMessage::Saving));
            spawn_local(async move {
                let saved = save(&form, submitter.as_ref()).await;
                let _ = form.remove_attribute(BUSY);
                if let Err(failed) = saved {
                    tell(&form, Some(failed));
                }
            });
        }
    };
    // A browser may have put back what was chosen before, and not saved.
    Effect::new(move |_| tell_changed());
    let back = window_event_listener(ev::pageshow, |event| {
        if event.persisted() {
            spawn_local(async {
                let _ = reload().await;
            });
        }
    });
    on_cleanup(move || back.remove());
    let change = |event: web_sys::Event| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()?.form());
        if let Some(form) = form {
            tell(&form, is_changed(&form).then_some(FormMessage::Unsaved));
        }
    };
    view! {
        <div data-in-place="" on:submit=submit on:change=change>
            {children()}
        </div>
    }
}

/// Says of each form whether it holds a change that is not saved.
fn tell_changed() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(forms) = document.query_selector_all("[data-in-place] form") else { return };
    for index in 0..forms.length() {
        let form = forms.item(index).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        if let Some(form) = form.filter(is_changed) {
            tell(&form, Some(FormMessage::Unsaved));
        }
    }
}

/// Shows the page as it is now.
async fn reload() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let address = window.location().pathname()?;
    let response = JsFuture::from(window.fetch_with_str(&address)).await?.dyn_into()?;
    let page = read(&response).await?;
    if response.ok() {
        show(&page);
    }
    Ok(())
}

/// What the line of a form says, in the words that the server wrote into its attributes: an island knows no language.
enum FormMessage {
    /// It is on its way.
    Saving,
    /// Something is not saved yet.
    Unsaved,
    /// The site could not be reached.
    Unreachable,
    /// The answer could not be read.
    Unreadable,
    /// It was refused, for the reason that the answer gives.
    NotDone(String),
}

/// Posts the form and shows the page that comes next. The error is what to say to the visitor.
async fn save(form: &HtmlFormElement, submitter: Option<&HtmlButtonElement>) -> Result<(), FormMessage> {
    let response = post(form, submitter).await.map_err(|_| FormMessage::Unreachable)?;
    let page = read(&response).await.map_err(|_| FormMessage::Unreadable)?;
    let is_next = response.ok() && page.query_selector(PLACE).ok().flatten().is_some();
    if is_next {
        show(&page);
        return Ok(());
    }
    let sentence = page.query_selector(".lead").ok().flatten().and_then(|lead| lead.text_content());
    Err(FormMessage::NotDone(sentence.unwrap_or_default()))
}

/// Posts the form as the browser would, the pressed button included.
async fn post(form: &HtmlFormElement, submitter: Option<&HtmlButtonElement>) -> Result<Response, JsValue> {
    let fields = FormData::new_with_form(form)?;
    if let Some(button) = submitter.filter(|button| !button.name().is_empty()) {
        fields.append_with_str(&button.name(), &button.value())?;
    }
    let headers = Headers::new()?;
    headers.set("accept", "text/html")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields)?;
    request.set_body(&fields);
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let action = form.get_attribute("action").unwrap_or_default();
    JsFuture::from(window.fetch_with_str_and_init(&action, &request)).await?.dyn_into()
}

async fn read(response: &Response) -> Result<Document, JsValue> {
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)
}

/// Puts the next page's inner part into this page, with the header, the foot and the look it came with, and leads to what it says.
fn show(next: &Document) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    for part in [HEADER, LANGUAGES, WITHDRAWAL, PLACE] {
        let find = |page: &Document| page.query_selector(part).ok().flatten();
        if let (Some(place), Some(next)) = (find(&document), find(next)) {
            exchange(&place, &next);
        }
    }
    let (here, there) = (document.document_element(), next.document_element());
    if let (Some(here), Some(there)) = (here, there) {
        for name in ["data-theme", "data-text-size"] {
            if let Some(value) = there.get_attribute(name) {
                let _ = here.set_attribute(name, &value);
            }
        }
    }
    // The title says first what was done.
    document.set_title(&next.title());
    let said = document.get_element_by_id("notice").or_else(|| document.get_element_by_id("blocked"));
    if let Some(said) = said.and_then(|said| said.dyn_into::<HtmlElement>().ok()) {
        let _ = said.focus();
    }
}

/// Puts everything inside one element into another, in place of what is there.
fn exchange(place: &Element, next: &Element) {
    place.set_inner_html("");
    while let Some(child) = next.first_child() {
        if place.append_child(&child).is_err() {
            return;
        }
    }
}

/// Whether an answer differs from the one that the page came with.
fn is_changed(form: &HtmlFormElement) -> bool {
    let Ok(inputs) = form.query_selector_all("input[type=radio]") else { return false };
    (0..inputs.length())
        .filter_map(|index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok())
        .any(|input| input.checked() != input.default_checked())
}

/// Says something in the line that the form's section has for it; nothing hides the line.
fn tell(form: &HtmlFormElement, said: Option<FormMessage>) {
    let section = form.closest("section").ok().flatten();
    let line = section.and_then(|section| section.query_selector("[data-unsaved]").ok().flatten());
    let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) else { return };
    let words = |attribute: &str| line.get_attribute(attribute).unwrap_or_default();
    let sentence = match said {
        None => String::new(),
        Some(FormMessage::Saving) => words("data-saving"),
        Some(FormMessage::Unsaved) => words("data-unsaved"),
        Some(FormMessage::Unreachable) => words("data-unreachable"),
        Some(FormMessage::Unreadable) => words("data-unreadable"),
        Some(FormMessage::NotDone(reason)) => words("data-not-done") + " " + &reason,
    };
    line.set_hidden(sentence.is_empty());
    line.set_text_content(Some(&sentence));
}
