import Testing
@testable import Restream
