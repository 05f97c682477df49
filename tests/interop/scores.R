# Reads every file of a package with base R, with the types of types.csv, and computes the scores again.
# Arguments: the folder of the package. Prints assessment_id, dimension and score as CSV.

folder <- commandArgs(trailingOnly = TRUE)[1]
types <- read.csv(file.path(folder, "types.csv"), colClasses = "character", na.strings = character())

read_file <- function(name) {
  mine <- types[types$resource == name, ]
  found <- read.csv(
    file.path(folder, paste0(name, ".csv")),
    colClasses = "character", na.strings = character(), check.names = FALSE, encoding = "UTF-8"
  )
  stopifnot(identical(names(found), mine$field))
  for (row in seq_len(nrow(mine))) {
    field <- mine$field[row]
    values <- found[[field]]
    values[values %in% strsplit(mine$missing[row], "|", fixed = TRUE)[[1]] | values == ""] <- NA
    typed <- switch(mine$type[row],
      string = values,
      boolean = c(yes = TRUE, no = FALSE)[values],
      integer = as.integer(values),
      number = as.numeric(values),
      date = as.Date(values, format = "%Y-%m-%d")
    )
    if (any(is.na(typed) & !is.na(values))) stop(name, ": ", field, " is not ", mine$type[row])
    found[[field]] <- typed
  }
  found
}

files <- sapply(unique(types$resource), read_file, simplify = FALSE)

ratings <- files$ratings_long
items <- files$items[files$items$language == "en", c("instrument_version", "item", "pole", "level", "weight")]
least <- files$definitions$value[files$definitions$code == "min_coverage"][1]
least <- eval(parse(text = least))

rows <- merge(ratings, items, by = c("instrument_version", "item"))
rows$points <- 25 * ifelse(rows$pole == "opposite" & !is.na(rows$pole), 4 - rows$response_num, rows$response_num)

poled <- rows[!is.na(rows$pole) & !(rows$missing %in% "NA"), ]
rated <- !is.na(poled$response_num)
poled$rated_weight <- ifelse(rated, poled$weight, 0)
poled$rated_points <- ifelse(rated, poled$weight * poled$points, 0)
by_response <- aggregate(
  cbind(weight, rated_weight, rated_points) ~ assessment_id + dimension + side + response_id, poled, sum
)
scored <- by_response[by_response$rated_weight / by_response$weight >= least - 1e-9, ]
scored$score <- scored$rated_points / scored$rated_weight
by_side <- aggregate(score ~ assessment_id + dimension + side, scored, mean)
scores <- aggregate(score ~ assessment_id + dimension, by_side, mean)

levels <- rows[!is.na(rows$level) & !is.na(rows$response_num), ]
by_side <- aggregate(points ~ assessment_id + level + side, levels, mean)
strengths <- aggregate(points ~ assessment_id + level, by_side, mean)
strongest <- aggregate(points ~ assessment_id, strengths, max)
names(strongest)[2] <- "score"
strongest$dimension <- "individual_collective"

found <- rbind(scores, strongest[, names(scores)])
found$score <- sprintf("%.1f", floor(found$score * 10 + 0.5 + 1e-9) / 10)
write.csv(found, stdout(), row.names = FALSE, quote = FALSE)
