//! Kinds of personal data, as the publisher declares them for a purpose (`data` in the inventory).

use std::{fmt, str::FromStr};

/// A category of the taxonomy of personal data of the W3C Data Privacy Vocabulary 2.3
/// (<https://w3id.org/dpv/2.3/pd>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonalData(&'static str);

/// The taxonomy has no such category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the taxonomy of personal data has no such category")]
pub struct ParsePersonalDataError;

impl FromStr for PersonalData {
    type Err = ParsePersonalDataError;

    fn from_str(name: &str) -> Result<Self, ParsePersonalDataError> {
        CATEGORIES.split(' ').find(|category| *category == name).map(Self).ok_or(ParsePersonalDataError)
    }
}

impl fmt::Display for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The names of all categories.
const CATEGORIES: &str = "\
    Accent AccountIdentifier Acquaintance Age AgeExact AgeRange ApartmentOwned Association Attitude \
    Authenticating AuthenticationHistory BankAccount Behavioural Biometric BirthCountry BirthDate BirthPlace \
    BloodType BrowserFingerprint BrowserHistory BrowsingBehaviour BrowsingReferral CallLog CarOwned Character \
    Citizenship City Communication CommunicationsMetadata Connection Contact Country Credit CreditCapacity \
    CreditCardNumber CreditRecord CreditScore CreditStanding CreditWorthiness Criminal CriminalCharge \
    CriminalConviction CriminalOffence CriminalPardon CurrentEmployment CurrentLocation DNACode Demeanour \
    Demographic DeviceApplications DeviceBased DeviceOperatingSystem DeviceSoftware Dialect DigitalFingerprint \
    Disability DisciplinaryAction Dislike Divorce Domicile DrugTestResult Education EducationExperience \
    EducationQualification EducationTraining EmailAddress EmailAddressPersonal EmailAddressWork EmailContent \
    Emotion EmploymentHistory EthnicOrigin Ethnicity External FacialExpression FacialPrint Family \
    FamilyHealthHistory FamilyStructure Favourite FavouriteColour FavouriteFood FavouriteMusic Fetish Financial \
    FinancialAccount FinancialAccountNumber FinancialStatus Fingerprint Friend GPSCoordinate Gender \
    GeneralReputation Genetic Geographic GroupMembership GroupProfile HairColour Health HealthHistory \
    HealthRecord Height Historical HomeLocation HouseNumber HouseOwned Household IPAddress Identifier \
    Identifying Income IncomeBracket IndividualHealthHistory IndividualProfile Insurance Intention Interaction \
    Interest Internal Job KnowledgeBelief Language LifeHistory Like LinkClicked LoanRecord Locality Location \
    MACAddress MaritalStatus Marriage MedicalHealth MentalHealth Mood Name Nationality OfficialID Offspring \
    Opinion Ownership PINCode Parent Passport Password PastEmployment PaymentCard PaymentCardExpiry \
    PaymentCardNumber PerformanceAtWork PersonalDocuments PersonalPossession Personality PhilosophicalBelief \
    PhysicalAddress PhysicalCharacteristic PhysicalHealth PhysicalTrait Picture Piercing PoliticalAffiliation \
    PoliticalOpinion PostalCode Preference Prescription PrivacyPreference Proclivity Professional \
    ProfessionalCertification ProfessionalEvaluation ProfessionalExperience ProfessionalInterview \
    ProfessionalTraining Profile PublicLife PubliclyAvailableSocialMedia Purchase PurchasesAndSpendingHabit \
    Race Reference Region Relationship Reliability Religion ReligiousBelief Residency Retina RoomNumber Salary \
    Sale School SecretText ServiceConsumptionBehaviour Sexual SexualHistory SexualPreference Sibling SkinTone \
    Social SocialBehaviour SocialMedia SocialMediaCommunication SocialNetwork SocialStatus Street \
    TVViewingBehaviour Tattoo Tax TechnicalKnowledge TelephoneNumber Thought Tracking TradeUnionMembership \
    Transaction Transactional TravelHistory UID UserAgent Username VehicalLicenseNumber \
    VehicalLicenseRegistration Vehicle VehicleLicense VehicleUsage VoiceCommunicationRecording VoiceMail \
    Vulnerability Weight WorkEnvironment WorkExperience WorkHistory WorkLocation";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_category_of_the_taxonomy_is_personal_data() {
        for name in CATEGORIES.split(' ') {
            assert_eq!(name.parse::<PersonalData>().map(|data| data.to_string()), Ok(name.to_owned()));
        }
        for name in ["", " ", "country", "Country ", "BrowsingBehavior", "Country Language"] {
            assert_eq!(name.parse::<PersonalData>(), Err(ParsePersonalDataError), "{name:?}");
        }
    }
}
