using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Characters other than letters and digits that are spoken, or that are pauses.</summary>
internal static class Symbols
{
    // the symbol, a space and its name
    private static readonly FrozenDictionary<char, string> Names = """
        & and, @ at, % percent, + plus, = equals, < less than, > greater than, # hash, * asterisk, / slash, \ backslash, | vertical bar, ~ tilde, ^ caret, _ underscore, $ dollar, £ pound
        € euro, ¥ yen, ¢ cent, ₹ rupee, ₩ won, ₽ ruble, § section, ¶ paragraph, ° degrees, ± plus or minus, × times, ÷ divided by, ≤ less than or equal to, ≥ greater than or equal to
        ≠ not equal to, ≈ approximately, √ square root of, ∞ infinity, ² squared, ³ cubed, © copyright, ® registered, ™ trademark, ‰ per mille, → arrow, ∑ sum, ∫ integral, − minus, α alpha
        β beta, γ gamma, δ delta, ε epsilon, ζ zeta, η eta, θ theta, κ kappa, λ lambda, μ mu, π pi, ρ rho, σ sigma, τ tau, φ phi, χ chi, ψ psi, ω omega, Γ gamma, Δ delta, Θ theta, Λ lambda
        Π pi, Σ sigma, Φ phi, Ψ psi, Ω omega
        """.Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenDictionary(entry => entry[0], entry => entry[2..]);

    /// <summary>True for a symbol beyond ASCII that the rules know.</summary>
    public static bool IsKnown(char c) => Names.ContainsKey(c) || c is '–' or '—' or '…' or '•';

    /// <summary>What a symbol is called; null if it has no name.</summary>
    public static string? Name(char c) => Names.GetValueOrDefault(c);

    /// <summary>True for characters at which a reader pauses.</summary>
    public static bool IsPause(char c) => c is ',' or ';' or ':' or '—' or '–' or '…' or '(' or ')' or '[' or ']' or '{' or '}' or '•' or '.' or '!' or '?';
}
