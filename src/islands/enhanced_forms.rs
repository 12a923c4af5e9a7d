//! Progressive enhancement of forms: the island submits them without leaving the page.
//! `/preferences` is the only page that uses it.
//!
//! The server renders all state, so the island has no serialised properties. It posts a form as the
//! browser would, and replaces the content of this page with the content of the page that the
//! server returns. Each action and each state therefore has one implementation, with and without
//! scripts. Times, which the server renders in UTC, are shown in the visitor's time zone. While a
//! form waits for its response, the island ignores further submits. A page that
//! comes back from the back/forward cache is reloaded.

use js_sys::{Date, Object, Reflect};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, DomParser, Element, FormData, Headers, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    RequestInit, Response, SubmitEvent, SupportedType, UrlSearchParams,
};

/// Set on a form that waits for its response (WAI-ARIA 1.2, 6.6).
const BUSY: &str = "aria-busy";

/// The element whose content is replaced.
const CONTENT: &str = "[data-in-place]";

/// The links in the header. The last one depends on whether the user is signed in.
const HEADER: &str = ".site-header nav";

/// The language switch, which depends on whether the site may remember the language.
const LANGUAGES: &str = "#languages";

/// The script that measures the page. It sends nothing once its element is gone.
const MEASURE: &str = "script[src^='/measure/']";

/// The withdrawal form in the footer, which exists while something is granted.
const WITHDRAWAL: &str = "#withdrawal";

/// Submits the forms inside it without leaving the page.
#[island]
pub fn InPlace(
    /// The forms, and the elements that show their state.
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
            show_message(&form, Some(FormMessage::Saving));
            spawn_local(async move {
                let saved = save(&form, submitter.as_ref()).await;
                let _ = form.remove_attribute(BUSY);
                if let Err(failed) = saved {
                    show_message(&form, Some(failed));
                }
            });
        }
    };
    // A browser may restore form values that were never saved.
    Effect::new(move |_| {
        show_unsaved();
        show_local_times();
    });
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
            show_message(&form, is_changed(&form).then_some(FormMessage::Unsaved));
        }
    };
    view! {
        <div data-in-place="" on:submit=submit on:change=change>
            {children()}
        </div>
    }
}

/// Shows in each form whether it has unsaved changes.
fn show_unsaved() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(forms) = document.query_selector_all("[data-in-place] form") else { return };
    for index in 0..forms.length() {
        let form = forms.item(index).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        if let Some(form) = form.filter(is_changed) {
            show_message(&form, Some(FormMessage::Unsaved));
        }
    }
}

/// Replaces the content with that of the current page on the server.
async fn reload() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let address = window.location().pathname()?;
    let response = JsFuture::from(window.fetch_with_str(&address)).await?.dyn_into()?;
    let page = parse_document(&response).await?;
    if response.ok() {
        replace_content(&page);
    }
    Ok(())
}

/// A message in the status line of a form. The server renders the texts into attributes, because
/// the island has no messages.
enum FormMessage {
    Saving,
    Unsaved,
    /// The request failed.
    Unreachable,
    /// The response could not be read.
    Unreadable,
    /// The server rejected the form, with this reason.
    NotDone(String),
}

/// Posts the form and shows the next page. The error is the message for the visitor.
async fn save(form: &HtmlFormElement, submitter: Option<&HtmlButtonElement>) -> Result<(), FormMessage> {
    let response = post(form, submitter).await.map_err(|_| FormMessage::Unreachable)?;
    let page = parse_document(&response).await.map_err(|_| FormMessage::Unreadable)?;
    let is_next = response.ok() && page.query_selector(CONTENT).ok().flatten().is_some();
    if is_next {
        replace_content(&page);
        return Ok(());
    }
    let sentence = page.query_selector(".lead").ok().flatten().and_then(|lead| lead.text_content());
    Err(FormMessage::NotDone(sentence.unwrap_or_default()))
}

/// Posts the form as the browser would, including the submit button.
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

async fn parse_document(response: &Response) -> Result<Document, JsValue> {
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)
}

/// Replaces content, header links, footer and appearance with those of the next page, and moves the
/// focus to its message.
fn replace_content(next: &Document) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    // Moved into a page that has the focus already, it would only cause a warning.
    if let Ok(Some(message)) = next.query_selector("[autofocus]") {
        let _ = message.remove_attribute("autofocus");
    }
    for part in [HEADER, LANGUAGES, WITHDRAWAL, CONTENT] {
        let find = |page: &Document| page.query_selector(part).ok().flatten();
        if let (Some(current), Some(next)) = (find(&document), find(next)) {
            replace_children(&current, &next);
        }
    }
    let measuring = |page: &Document| page.query_selector(MEASURE).ok().flatten();
    if let (Some(script), None) = (measuring(&document), measuring(next)) {
        script.remove();
    }
    show_local_times();
    let (here, there) = (document.document_element(), next.document_element());
    if let (Some(here), Some(there)) = (here, there) {
        for name in ["data-theme", "data-text-size", "data-consent-mode"] {
            if let Some(value) = there.get_attribute(name) {
                let _ = here.set_attribute(name, &value);
            }
        }
    }
    // The title begins with the result.
    document.set_title(&next.title());
    let message = document.get_element_by_id("notice").or_else(|| document.get_element_by_id("blocked"));
    if let Some(message) = message.and_then(|message| message.dyn_into::<HtmlElement>().ok()) {
        let _ = message.focus();
    }
}

/// Shows the times of the content in the visitor's time zone, and leaves what the server rendered
/// in the title.
fn show_local_times() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(times) = document.query_selector_all("[data-in-place] time[datetime]") else { return };
    // The server says which formats it has: `data-formats` of the page.
    let Some(locale) = document.document_element().and_then(|root| root.get_attribute("data-formats")) else { return };
    let format = Object::new();
    for (field, value) in [
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("timeZoneName", "short"),
    ] {
        let _ = Reflect::set(&format, &field.into(), &value.into());
    }
    for index in 0..times.length() {
        let Some(time) = times.item(index).and_then(|time| time.dyn_into::<HtmlElement>().ok()) else { continue };
        let at = Date::new(&time.get_attribute("datetime").unwrap_or_default().into());
        if at.get_time().is_finite() {
            let _ = time.set_attribute("title", &time.text_content().unwrap_or_default());
            time.set_text_content(Some(&String::from(at.to_locale_string(&locale, &format))));
        }
    }
}

/// Replaces the children of one element with those of another.
fn replace_children(current: &Element, next: &Element) {
    current.set_inner_html("");
    while let Some(child) = next.first_child() {
        if current.append_child(&child).is_err() {
            return;
        }
    }
}

/// Whether a radio button differs from the state that the server rendered.
fn is_changed(form: &HtmlFormElement) -> bool {
    let Ok(inputs) = form.query_selector_all("input[type=radio]") else { return false };
    (0..inputs.length())
        .filter_map(|index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok())
        .any(|input| input.checked() != input.default_checked())
}

/// Shows a message in the status line of the form's section.
fn show_message(form: &HtmlFormElement, message: Option<FormMessage>) {
    let section = form.closest("section").ok().flatten();
    let line = section.and_then(|section| section.query_selector("[data-unsaved]").ok().flatten());
    let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) else { return };
    let text = |attribute: &str| line.get_attribute(attribute).unwrap_or_default();
    let sentence = match message {
        None => String::new(),
        Some(FormMessage::Saving) => text("data-saving"),
        Some(FormMessage::Unsaved) => text("data-unsaved"),
        Some(FormMessage::Unreachable) => text("data-unreachable"),
        Some(FormMessage::Unreadable) => text("data-unreadable"),
        Some(FormMessage::NotDone(reason)) => text("data-not-done") + " " + &reason,
    };
    line.set_hidden(sentence.is_empty());
    line.set_text_content(Some(&sentence));
}
