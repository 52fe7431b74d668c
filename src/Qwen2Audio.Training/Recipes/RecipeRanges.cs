
namespace Qwen2Audio.Training.Recipes;

/// <summary>Reports numbers that are out of range.</summary>
internal static class RecipeRanges
{
    public static IEnumerable<string> AtLeast(string name, long value, long minimum)
    {
        if (value < minimum) yield return $"{name} is {value}: at least {minimum} is allowed";
    }

    public static IEnumerable<string> Share(string name, double value) => Between(name, value, 0, 1);

    public static IEnumerable<string> Between(string name, double value, double minimum, double maximum)
    {
        if (!(value >= minimum && value <= maximum))
            yield return $"{name} is {value}: {(minimum == maximum ? $"{minimum}" : $"{minimum}…{maximum}")} is allowed";
    }
}
