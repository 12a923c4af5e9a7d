/** What a control of a notice does, according to its text. */
export type ControlKind = 'withdraw' | 'reject' | 'save' | 'accept' | 'settings' | 'close';

/**
 * Texts of controls in the most common European languages and Arabic. The first kind that matches
 * counts: "Continue without accepting" is a refusal although it contains "accepting".
 */
export const CONTROL_PATTERNS: readonly (readonly [ControlKind, string])[] = [
  [
    'withdraw',
    [
      'withdraw|revoke|turn off',
      'widerruf|zurückziehen|ausschalten',
      'retirer|révoquer|désactiver',
      'retirar|revocar',
      'ritira|revoca',
      'intrek',
      'wycofa',
      'سحب|إيقاف',
    ].join('|'),
  ],
  [
    'reject',
    [
      'reject|refuse|decline|deny|disagree|disallow|opt.?out|no,? thanks|without (accepting|consent)|(only|accept) (strictly )?(necessary|essential|required)|(necessary|essential|required)( cookies)? only',
      'ablehn|verweiger|nicht (zustimmen|akzeptieren|einverstanden)|nur (notwendige|erforderliche|essenzielle|technisch)|ohne (zustimmung|einwilligung)',
      'refuser|rejeter|sans accepter|(nécessaires|essentiels) uniquement|uniquement les (nécessaires|essentiels)',
      'rechazar|denegar|s[oó]lo (las )?(necesarias|esenciales)|sin aceptar',
      'rifiut|senza accettare|solo (i )?necessari',
      'weiger|afwijzen|alleen (noodzakelijke|functionele)',
      'rejeitar|recusar',
      'odrzu|tylko niezbędne',
      'رفض|الضرورية فقط|دون قبول',
    ].join('|'),
  ],
  [
    'save',
    [
      'save|accept selected|(confirm|submit) (my )?(choices?|selection|preferences)',
      'speicher|auswahl (bestätigen|erlauben)',
      'enregistrer|valider|confirmer (mes|la)',
      'guardar|confirmar (mis|la)',
      'salva|conferma',
      'opslaan|bevestig',
      'zapisz',
      'حفظ',
    ].join('|'),
  ],
  [
    'accept',
    [
      'accept|allow|agree|consent to|i consent|understand|got it|that.?s ok|^ok(ay)?[.!]?$|^yes\\b|^continue$',
      'akzeptier|annehmen|zustimm|einverstanden|erlauben|zulassen|verstanden|alles klar',
      'accepter|autoriser|d.accord|j.ai compris',
      'aceptar|permitir|de acuerdo|entendido',
      'accett|consenti|ho capito',
      'toestaan|akkoord|begrepen',
      'aceitar',
      'akceptuj|zgadzam',
      'قبول|موافق|أوافق|السماح',
    ].join('|'),
  ],
  [
    'settings',
    [
      'settings|preferences|options|customi[sz]e|manage|let me choose|choose for|more choices|configure',
      'einstellung|anpassen|auswählen|verwalten|einzeln entscheiden',
      'préférences|paramètr|personnaliser|gérer|choisir',
      'configura|preferencias|ajustes|gestionar',
      'preferenze|impostazioni|personalizza|gestisci',
      'instellingen|voorkeuren|aanpassen',
      'ustawienia',
      'تفضيلات|إعدادات|تخصيص|الاختيار',
    ].join('|'),
  ],
  ['close', '^(x|×|✕|✖|❌|╳)$|^(close|dismiss|schließen|fermer|cerrar|chiudi|sluit|zamknij|إغلاق)'],
];

/** Words that show that a text is about cookies or consent. */
export const COOKIE_PATTERN = 'cookie|consent|privacy|tracking|datenschutz|einwilligung|témoins|traceurs|confidentialité|privacidad|ملفات تعريف الارتباط|الخصوصية';

/** The answers of a yes-or-no question. */
export const YES_PATTERN = '^(yes|ja|oui|sí|si|tak|نعم|on|true|granted|allow|accept|erlauben|autoriser|السماح)';
export const NO_PATTERN = '^(no|nein|nicht|non|ne pas|nee|nie|لا|عدم|off|false|denied|deny|reject|don.?t)';
